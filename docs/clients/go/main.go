// Prints the dashboard of a course, and the results that changed since the last poll.
package main

import (
	"context"
	"fmt"
	"log"
)

// The course that the program reads: the id of its account in Momotor, and its id in Canvas.
const accountID, courseID = 1, 1003

func main() {
	ctx, client := context.Background(), newClient()
	if err := printDashboard(ctx, client); err != nil {
		log.Fatal(err)
	}
	fmt.Println()
	if err := printChanges(ctx, client); err != nil {
		log.Fatal(err)
	}
}
