package main

import (
	"context"
	"fmt"

	"github.com/Khan/genqlient/graphql"
)

const pageSize = 100

// printChanges reads all results of the course, and then those that changed since.
func printChanges(ctx context.Context, client graphql.Client) error {
	all, err := changedResults(ctx, client, 0)
	if err != nil {
		return err
	}
	var latest int64
	for _, r := range all {
		latest = r.SequenceId
	}
	changed, err := changedResults(ctx, client, latest)
	if err != nil {
		return err
	}
	fmt.Printf("%d results, and %d of them changed since the last poll\n", len(all), len(changed))
	for _, r := range all[:min(3, len(all))] {
		printResult(&r)
	}
	return nil
}

// changedResults returns all results that changed after the sequence id, the last change at the end.
func changedResults(ctx context.Context, client graphql.Client, since int64) (results []Result, err error) {
	var after *string
	for {
		data, err := ChangedResults(ctx, client, accountID, courseID, since, pageSize, after)
		switch {
		case err != nil:
			return nil, err
		case data.Account == nil || data.Account.Course == nil:
			return nil, errNoCourse
		}
		page := data.Account.Course.Results
		results = append(results, page.Nodes...)
		if !page.PageInfo.HasNextPage {
			return results, nil
		}
		after = page.PageInfo.EndCursor
	}
}

func printResult(r *Result) {
	fmt.Printf("%s, attempt %d on %s\n", r.Assignment.Name, r.Attempt, r.SubmittedAt.Format("Mon 2 Jan 2006 15:04"))
	for _, step := range r.Steps {
		details := 0
		if step.Details != nil {
			details = len(*step.Details)
		}
		fmt.Printf("  %s: %d bytes of details\n", step.TaskId, details)
	}
}
