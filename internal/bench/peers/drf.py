"""The list of results as Django REST framework's own documentation would have it: models,
serializers, a generic view, and everything that is related fetched ahead."""

import os

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None,
        "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"],
        "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
    }},
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__, USE_TZ=True, TIME_ZONE="UTC",
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402


class Table(models.Model):
    class Meta:
        abstract = True
        app_label = "peers"
        managed = False


class Course(Table):
    account_id = models.BigIntegerField()
    canvas_id = models.BigIntegerField()

    class Meta(Table.Meta):
        db_table = "course"


class Section(Table):
    canvas_id = models.BigIntegerField()

    class Meta(Table.Meta):
        db_table = "section"


class User(Table):
    canvas_id = models.BigIntegerField()
    name = models.TextField()
    sortable_name = models.TextField()
    login_id = models.TextField()

    class Meta(Table.Meta):
        db_table = "user"


class Enrollment(Table):
    course = models.ForeignKey(Course, models.DO_NOTHING)
    user = models.ForeignKey(User, models.DO_NOTHING, primary_key=True)
    section = models.ForeignKey(Section, models.DO_NOTHING)

    class Meta(Table.Meta):
        db_table = "enrollment"


class Assignment(Table):
    course = models.ForeignKey(Course, models.DO_NOTHING)
    canvas_id = models.BigIntegerField()

    class Meta(Table.Meta):
        db_table = "assignment"


class Result(Table):
    assignment = models.ForeignKey(Assignment, models.DO_NOTHING)
    user = models.ForeignKey(User, models.DO_NOTHING)
    course = models.ForeignKey(Course, models.DO_NOTHING)
    attempt = models.IntegerField()
    is_latest = models.BooleanField()
    is_late = models.BooleanField()
    sequence_id = models.BigIntegerField()
    state = models.TextField()
    accepted = models.BooleanField()
    has_error = models.BooleanField()
    secret = models.BooleanField()
    score = models.FloatField()
    progress = models.FloatField()
    submitted_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField()
    processed_at = models.DateTimeField()
    label = models.TextField()
    summary = models.TextField()
    preview_url = models.TextField()

    class Meta(Table.Meta):
        db_table = "result"


class UserSerializer(serializers.ModelSerializer):
    sections = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["canvas_id", "name", "sortable_name", "login_id", "sections"]

    def get_sections(self, user):
        return sorted(e.section.canvas_id for e in user.here)


class ResultSerializer(serializers.ModelSerializer):
    assignmentId = serializers.IntegerField(source="assignment.canvas_id")
    sections = serializers.SerializerMethodField()
    user = UserSerializer()

    class Meta:
        model = Result
        fields = ["accepted", "assignmentId", "attempt", "has_error", "is_late", "is_latest", "label", "preview_url", "processed_at", "progress",
                  "queued_at", "score", "secret", "sections", "sequence_id", "started_at", "state", "submitted_at", "summary", "user"]

    def get_sections(self, result):
        return sorted(e.section.canvas_id for e in result.user.here)


class ResultList(generics.ListAPIView):
    serializer_class = ResultSerializer

    def get_queryset(self):
        where = self.kwargs
        here = models.Prefetch("user__enrollment_set", to_attr="here", queryset=Enrollment.objects.filter(
            course__canvas_id=where["course"], course__account_id=where["account"]).select_related("section"))
        return Result.objects.filter(
            course__account_id=where["account"], course__canvas_id=where["course"],
            assignment__canvas_id=where["assignment"], is_latest=True,
        ).select_related("assignment", "user").prefetch_related(here).order_by("id")


urlpatterns = [path("lti/api/account/<int:account>/course/<int:course>/assignment/<int:assignment>/result/", ResultList.as_view())]
application = get_wsgi_application()
