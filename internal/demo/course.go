package demo

import "time"

// programming is the main course: it has the most students and results, and its
// quarter is almost over.
func programming() *course {
	return &course{
		canvasID: SampleCourse, code: "2IP90", name: "Programming", active: true, valid: true,
		sections: []section{{1101, "Instruction group 1"}, {1102, "Instruction group 2"}, {1103, "Instruction group 3"}, {1104, "Evening group"}},
		assignments: []*assignment{
			{SampleAssignment, "1. Fibonacci numbers", "fibonacci", dueDate(time.September, 11), &python, stepList(checkFiles, testRuns(5), finalizeStep), -0.9, 230, inactive},
			{502, "2. Word count", "wordcount", dueDate(time.September, 18), &python, stepList(checkFiles, style, testRuns(4), hiddenTests(2), finalizeStep), -0.5, 225, inactive},
			{503, "3. Sorting “by hand”", "sorting", dueDate(time.September, 25), &python, stepList(checkFiles, style, testRuns(5), hiddenTests(2), finalizeStep), -0.2, 215, inactive | zipConfig},
			{504, "4. Caesar cipher & friends", "caesar", dueDate(time.October, 2), &python, stepList(checkFiles, testRuns(6), hiddenTests(2), finalizeStep), 0, 200, inactive},
			{505, "5. Matrix rotation", "matrix", dueDate(time.October, 9), &python, stepList(checkFiles, style, testGrid(2, 3), finalizeStep), 0.2, 195, 0},
			{506, "6. Recursive mazes", "mazes", dueDate(time.October, 16), &python, stepList(preflight, checkFiles, style, testRuns(5), hiddenTests(2), similarity, finalizeStep), 0.6, 185, zipConfig},
			{507, "7. Bank accounts", "bank", dueDate(time.November, 4), &python, stepList(checkFiles, style, testRuns(4), hiddenTests(3), similarity, finalizeStep), 0.3, 160, unpublished | inProgress},
			{508, "8. Event simulation", "events", dueDate(time.November, 11), &python, stepList(preflight, checkFiles, style, testRuns(4), hiddenTests(2), finalizeStep), 0.4, 90, unpublished | paused},
		},
	}
}

// systems has an assignment for groups, an exam and an unconfigured assignment.
func systems() *course {
	return &course{
		canvasID: 1002, code: "2IC30", name: "Computer Systems", active: true, valid: true,
		sections: []section{{1201, "Lab Monday"}, {1202, "Lab Thursday"}},
		assignments: []*assignment{
			{601, "Lab 1: Logic gates", "gates", dueDate(time.September, 14), &vhdl, stepList(checkFiles, compile, testRuns(3), finalizeStep), -0.6, 85, inactive | noConfig},
			{602, "Lab 2: Ripple-carry adder", "adder", dueDate(time.September, 28), &vhdl, stepList(checkFiles, compile, testRuns(4), hiddenTests(1), finalizeStep), -0.1, 80, inactive},
			{603, "Lab 3: strlen in C", "strlen", dueDate(time.October, 5), &cLanguage, stepList(compile, testRuns(4), memory, finalizeStep), 0, 75, 0},
			{604, "Lab 4: Cache simulator", "cache", dueDate(time.October, 19), &cLanguage, stepList(preflight, compile, style, testGrid(2, 2), memory, similarity, finalizeStep), 0.7, 70, zipConfig},
			{605, "Homework group: pipelined adder", "pipeline", dueDate(time.October, 26), &vhdl, stepList(checkFiles, compile, testRuns(4), finalizeStep), 0.1, 30, inGroups},
			{606, "Midterm practical", "midterm", dueDate(time.October, 8), &cLanguage, stepList(compile, testRuns(3), hiddenTests(3), finalizeStep), 0.4, 60, inactive | unpublished | exam},
			{607, "Lab 5: Interrupts", "interrupts", dueDate(time.November, 16), &cLanguage, nil, 0, 0, unpublished | unconfigured},
		},
	}
}

// logic is a read-only course of last spring.
func logic() *course {
	return &course{
		canvasID: 1003, code: "2IT60", name: "Logic and Set Theory (spring 2026)", valid: true, readonly: true, retained: retainBasic,
		sections: []section{{1301, "Tutorial A"}, {1302, "Tutorial B"}, {1303, "Tutorial C"}},
		assignments: []*assignment{
			{701, "Proof 1: ∧ and ∨", "conjunction", dueDate(time.April, 30), &coq, stepList(checkFiles, proof, finalizeStep), -0.8, 48, inactive | noConfig},
			{702, "Proof 2: ⇒", "implication", dueDate(time.May, 7), &coq, stepList(checkFiles, proof, finalizeStep), -0.4, 48, inactive | noConfig},
			{703, "Proof 3: De Morgan", "demorgan", dueDate(time.May, 14), &coq, stepList(checkFiles, proof, testRuns(2), finalizeStep), 0, 46, inactive},
			{704, "Proof 4: ∀ and ∃", "quantifiers", dueDate(time.May, 21), &coq, stepList(checkFiles, proof, testRuns(3), finalizeStep), 0.2, 44, inactive},
			{705, "Proof 5: Induction", "induction", dueDate(time.June, 4), &coq, stepList(checkFiles, proof, testRuns(3), hiddenTests(1), finalizeStep), 0.5, 42, inactive},
			{706, "Proof 6: ℕ is infinite", "infinite", dueDate(time.June, 11), &coq, stepList(checkFiles, proof, testRuns(3), finalizeStep), 0.9, 42, inactive},
		},
	}
}

// introduction is the current course of the second institution.
func introduction() *course {
	return &course{
		canvasID: 2001, code: "CS101", name: "Introduction to Programming", active: true, valid: true,
		sections: []section{{1101, "CS101-01"}, {1102, "CS101-02"}},
		assignments: []*assignment{
			{SampleAssignment, "Temperature table", "temperature", dueDate(time.September, 16), &java, stepList(compile, testRuns(3), finalizeStep), -0.7, 70, inactive},
			{802, "Palindromes", "palindromes", dueDate(time.September, 30), &java, stepList(compile, style, testRuns(4), finalizeStep), -0.2, 65, 0},
			{803, "Team project: a library", "library", dueDate(time.October, 21), &java, stepList(compile, style, testRuns(6), similarity, finalizeStep), 0.2, 25, inGroups},
			{804, "Linked lists", "lists", dueDate(time.October, 28), &java, stepList(compile, style, testRuns(5), hiddenTests(2), finalizeStep), 0.5, 60, zipConfig},
			{805, "Binary search trees", "trees", dueDate(time.November, 18), &java, nil, 0, 0, unpublished | paused | unconfigured},
		},
	}
}

// functional was deleted in Canvas after its spring term.
func functional() *course {
	return &course{
		canvasID: 2002, code: "CS245", name: "Functional Programming", retained: retainNone,
		sections: []section{{1401, "CS245-01"}, {1402, "CS245-02"}},
		assignments: []*assignment{
			{901, "Folds", "folds", dueDate(time.March, 6), &haskell, stepList(compile, testRuns(4), finalizeStep), -0.4, 30, inactive},
			{902, "A parser", "parser", dueDate(time.March, 20), &haskell, stepList(compile, style, testRuns(5), finalizeStep), 0, 30, inactive},
			{903, "Lazy primes", "primes", dueDate(time.April, 10), &haskell, stepList(compile, testRuns(4), hiddenTests(1), finalizeStep), 0.3, 25, inactive},
			{904, "Monads, at last", "monads", dueDate(time.April, 24), &haskell, stepList(compile, testRuns(5), finalizeStep), 0.8, 25, inactive | unpublished},
		},
	}
}
