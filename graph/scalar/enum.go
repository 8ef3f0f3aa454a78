package scalar

import (
	"context"
	"io"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
)

// LowerCaseEnums is the directive of an operation whose answer has enum values in lower
// case. The operations behind the REST API carry it.
const LowerCaseEnums = "lowerCaseEnums"

// An EnumCase is the letter case of the enum values of an answer. The store has most of
// them in lower case, GraphQL has all of them in upper case.
type EnumCase bool

// The letter cases.
const (
	UpperCase EnumCase = false
	LowerCase EnumCase = true
)

// EnumCaseOf returns the letter case that an operation requests.
func EnumCaseOf(op *graphql.OperationContext) EnumCase {
	return EnumCase(op.Operation.Directives.ForName(LowerCaseEnums) != nil)
}

// Convert changes the letters A to Z of b in place.
func (c EnumCase) Convert(b []byte) {
	from, to := byte('a'), byte('A')
	if c == LowerCase {
		from, to = to, from
	}
	for i, l := range b {
		if l-from < 26 {
			b[i] = l - from + to
		}
	}
}

// marshalEnum writes an enum value in the letter case of the operation.
func marshalEnum[T ~string](value T) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(ctx context.Context, w io.Writer) error {
		text := AppendString(make([]byte, 0, 24), value)
		EnumCaseOf(graphql.GetOperationContext(ctx)).Convert(text)
		_, err := w.Write(text)
		return err
	})
}

// unmarshalEnum reads an enum value that the store has in lower case.
func unmarshalEnum[T ~string](v any) (T, error) {
	text, err := graphql.UnmarshalString(v)
	return T(strings.ToLower(text)), err
}

// unmarshalUpperEnum reads an enum value that the store has in upper case.
func unmarshalUpperEnum[T ~string](v any) (T, error) {
	text, err := graphql.UnmarshalString(v)
	return T(text), err
}

// The enums of the schema that the store has, with the functions that gqlgen binds them to.

// MarshalBundleFormat writes a BundleFormat.
func MarshalBundleFormat(v db.BundleFormat) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalBundleFormat reads a BundleFormat.
func UnmarshalBundleFormat(_ context.Context, v any) (db.BundleFormat, error) {
	return unmarshalUpperEnum[db.BundleFormat](v)
}

// MarshalBundleKind writes a BundleKind.
func MarshalBundleKind(v db.BundleKind) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalBundleKind reads a BundleKind.
func UnmarshalBundleKind(_ context.Context, v any) (db.BundleKind, error) {
	return unmarshalUpperEnum[db.BundleKind](v)
}

// MarshalGradingType writes a GradingType.
func MarshalGradingType(v db.GradingType) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalGradingType reads a GradingType.
func UnmarshalGradingType(_ context.Context, v any) (db.GradingType, error) {
	return unmarshalEnum[db.GradingType](v)
}

// MarshalJobKind writes a JobKind.
func MarshalJobKind(v db.JobKind) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalJobKind reads a JobKind.
func UnmarshalJobKind(_ context.Context, v any) (db.JobKind, error) {
	return unmarshalEnum[db.JobKind](v)
}

// MarshalJobState writes a JobState.
func MarshalJobState(v db.JobState) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalJobState reads a JobState.
func UnmarshalJobState(_ context.Context, v any) (db.JobState, error) {
	return unmarshalEnum[db.JobState](v)
}

// MarshalResultPick writes a ResultPick.
func MarshalResultPick(v db.ResultPick) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalResultPick reads a ResultPick.
func UnmarshalResultPick(_ context.Context, v any) (db.ResultPick, error) {
	return unmarshalEnum[db.ResultPick](v)
}

// MarshalResultOutcome writes a ResultOutcome.
func MarshalResultOutcome(v db.ResultOutcome) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalResultOutcome reads a ResultOutcome.
func UnmarshalResultOutcome(_ context.Context, v any) (db.ResultOutcome, error) {
	return unmarshalEnum[db.ResultOutcome](v)
}

// MarshalResultState writes a ResultState.
func MarshalResultState(v db.ResultState) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalResultState reads a ResultState.
func UnmarshalResultState(_ context.Context, v any) (db.ResultState, error) {
	return unmarshalEnum[db.ResultState](v)
}

// MarshalRole writes a Role.
func MarshalRole(v db.Role) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalRole reads a Role.
func UnmarshalRole(_ context.Context, v any) (db.Role, error) { return unmarshalEnum[db.Role](v) }

// MarshalScoreState writes a ScoreState.
func MarshalScoreState(v db.ScoreState) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalScoreState reads a ScoreState.
func UnmarshalScoreState(_ context.Context, v any) (db.ScoreState, error) {
	return unmarshalEnum[db.ScoreState](v)
}

// MarshalScorePercentBasis writes a ScorePercentBasis.
func MarshalScorePercentBasis(v db.ScorePercentBasis) graphql.ContextMarshaler {
	return marshalEnum(v)
}

// UnmarshalScorePercentBasis reads a ScorePercentBasis.
func UnmarshalScorePercentBasis(_ context.Context, v any) (db.ScorePercentBasis, error) {
	return unmarshalEnum[db.ScorePercentBasis](v)
}

// MarshalStepOutcome writes a StepOutcome.
func MarshalStepOutcome(v db.StepOutcome) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalStepOutcome reads a StepOutcome.
func UnmarshalStepOutcome(_ context.Context, v any) (db.StepOutcome, error) {
	return unmarshalEnum[db.StepOutcome](v)
}

// MarshalUploadState writes an UploadState.
func MarshalUploadState(v db.UploadState) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalUploadState reads an UploadState.
func UnmarshalUploadState(_ context.Context, v any) (db.UploadState, error) {
	return unmarshalEnum[db.UploadState](v)
}

// MarshalViewerKind writes a ViewerKind.
func MarshalViewerKind(v db.ViewerKind) graphql.ContextMarshaler { return marshalEnum(v) }

// UnmarshalViewerKind reads a ViewerKind.
func UnmarshalViewerKind(_ context.Context, v any) (db.ViewerKind, error) {
	return unmarshalUpperEnum[db.ViewerKind](v)
}
