package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/Khan/genqlient/graphql"
)

var errNoCourse = errors.New("the key has no access to the course")

// printDashboard prints the dashboard of the course, which is one request.
func printDashboard(ctx context.Context, client graphql.Client) error {
	data, err := Dashboard(ctx, client, accountID, courseID)
	switch {
	case err != nil:
		return err
	case data.Account == nil || data.Account.Course == nil:
		return errNoCourse
	}
	course := data.Account.Course
	fmt.Println(course.Name)
	for _, week := range course.Activity {
		fmt.Printf("  week of %s: %s submissions of %s students\n", week.Date, number(week.Count), number(week.Students))
	}
	for i := range course.Assignments.Nodes {
		printAssignment(&course.Assignments.Nodes[i])
	}
	return nil
}

func printAssignment(a *Assignment) {
	stats := a.Results.Stats
	fmt.Printf("\n%s: %s of %s results passed\n", a.Name, percent(stats.PassRate), number(stats.Count))
	fmt.Println("  percentages by tens:", stats.ScorePercent.Histogram.Counts)
	for _, group := range a.Results.Groups.Nodes {
		section := "no section"
		if s := group.Key.Section; s != nil {
			section = s.Name
		}
		fmt.Printf("  %s: %s of %s\n", section, percent(group.Stats.PassRate), number(group.Stats.Count))
	}
	for _, step := range a.StepStats {
		fmt.Printf("  %s: %s of %s\n", step.TaskId, percent(step.PassRate), number(step.Count))
	}
	if until := a.AttemptsUntilPass; until != nil {
		for _, bucket := range until.Buckets {
			fmt.Printf("  %d students passed at attempt %d\n", bucket.Students, bucket.Attempts)
		}
	}
}

// number formats a figure, which is null for a key that may not see it.
func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// percent formats a rate, which is null if it is not defined.
func percent(rate *float64) string {
	if rate == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100**rate)
}
