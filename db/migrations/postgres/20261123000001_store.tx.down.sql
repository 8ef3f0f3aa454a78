DROP TABLE lti_platform, preference, session, api_key_course, api_key, revision, bundle, step,
  result_member, result, assignment, enrollment, "user", section, course, account, counter;
