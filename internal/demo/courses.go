package demo

import "time"

// programming is the course to show: the most students and the most results,
// its quarter almost over.
func programming() *course {
	return &course{
		canvasID: SampleCourse, code: "2IP90", name: "Programming", active: true, valid: true,
		sections: []section{{1101, "Instruction group 1"}, {1102, "Instruction group 2"}, {1103, "Instruction group 3"}, {1104, "Evening group"}},
		assignments: []*assignment{
			{SampleAssignment, "1. Fibonacci numbers", "fibonacci", day(time.September, 11), &python, steps(files, runs(5), final), -0.9, 230, inactive},
			{502, "2. Word count", "wordcount", day(time.September, 18), &python, steps(files, style, runs(4), secrets(2), final), -0.5, 225, inactive},
			{503, "3. Sorting “by hand”", "sorting", day(time.September, 25), &python, steps(files, style, runs(5), secrets(2), final), -0.2, 215, inactive | zipConfig},
			{504, "4. Caesar cipher & friends", "caesar", day(time.October, 2), &python, steps(files, runs(6), secrets(2), final), 0, 200, inactive},
			{505, "5. Matrix rotation", "matrix", day(time.October, 9), &python, steps(files, style, grid(2, 3), final), 0.2, 195, 0},
			{506, "6. Recursive mazes", "mazes", day(time.October, 16), &python, steps(preflight, files, style, runs(5), secrets(2), similarity, final), 0.6, 185, zipConfig},
			{507, "7. Bank accounts", "bank", day(time.November, 4), &python, steps(files, style, runs(4), secrets(3), similarity, final), 0.3, 160, unpublished | busy},
			{508, "8. Event simulation", "events", day(time.November, 11), &python, steps(preflight, files, style, runs(4), secrets(2), final), 0.4, 90, unpublished | paused},
		},
	}
}

// systems has a homework group, an exam and an assignment yet to be set up.
func systems() *course {
	return &course{
		canvasID: 1002, code: "2IC30", name: "Computer Systems", active: true, valid: true,
		sections: []section{{1201, "Lab Monday"}, {1202, "Lab Thursday"}},
		assignments: []*assignment{
			{601, "Lab 1: Logic gates", "gates", day(time.September, 14), &vhdl, steps(files, compile, runs(3), final), -0.6, 85, inactive | noConfig},
			{602, "Lab 2: Ripple-carry adder", "adder", day(time.September, 28), &vhdl, steps(files, compile, runs(4), secrets(1), final), -0.1, 80, inactive},
			{603, "Lab 3: strlen in C", "strlen", day(time.October, 5), &clang, steps(compile, runs(4), memory, final), 0, 75, 0},
			{604, "Lab 4: Cache simulator", "cache", day(time.October, 19), &clang, steps(preflight, compile, style, grid(2, 2), memory, similarity, final), 0.7, 70, zipConfig},
			{605, "Homework group: pipelined adder", "pipeline", day(time.October, 26), &vhdl, steps(files, compile, runs(4), final), 0.1, 30, inGroups},
			{606, "Midterm practical", "midterm", day(time.October, 8), &clang, steps(compile, runs(3), secrets(3), final), 0.4, 60, inactive | unpublished | exam},
			{607, "Lab 5: Interrupts", "interrupts", day(time.November, 16), &clang, nil, 0, 0, unpublished | bare},
		},
	}
}

// logic was taught in spring and is kept to look back at.
func logic() *course {
	return &course{
		canvasID: 1003, code: "2IT60", name: "Logic and Set Theory (spring 2026)", valid: true, readonly: true, keep: keepsBasic,
		sections: []section{{1301, "Tutorial A"}, {1302, "Tutorial B"}, {1303, "Tutorial C"}},
		assignments: []*assignment{
			{701, "Proof 1: ∧ and ∨", "conjunction", day(time.April, 30), &coq, steps(files, proof, final), -0.8, 48, inactive | noConfig},
			{702, "Proof 2: ⇒", "implication", day(time.May, 7), &coq, steps(files, proof, final), -0.4, 48, inactive | noConfig},
			{703, "Proof 3: De Morgan", "demorgan", day(time.May, 14), &coq, steps(files, proof, runs(2), final), 0, 46, inactive},
			{704, "Proof 4: ∀ and ∃", "quantifiers", day(time.May, 21), &coq, steps(files, proof, runs(3), final), 0.2, 44, inactive},
			{705, "Proof 5: Induction", "induction", day(time.June, 4), &coq, steps(files, proof, runs(3), secrets(1), final), 0.5, 42, inactive},
			{706, "Proof 6: ℕ is infinite", "infinite", day(time.June, 11), &coq, steps(files, proof, runs(3), final), 0.9, 42, inactive},
		},
	}
}

// introduction is the other institution's running course.
func introduction() *course {
	return &course{
		canvasID: 2001, code: "CS101", name: "Introduction to Programming", active: true, valid: true,
		sections: []section{{1101, "CS101-01"}, {1102, "CS101-02"}},
		assignments: []*assignment{
			{SampleAssignment, "Temperature table", "temperature", day(time.September, 16), &java, steps(compile, runs(3), final), -0.7, 70, inactive},
			{802, "Palindromes", "palindromes", day(time.September, 30), &java, steps(compile, style, runs(4), final), -0.2, 65, 0},
			{803, "Team project: a library", "library", day(time.October, 21), &java, steps(compile, style, runs(6), similarity, final), 0.2, 25, inGroups},
			{804, "Linked lists", "lists", day(time.October, 28), &java, steps(compile, style, runs(5), secrets(2), final), 0.5, 60, zipConfig},
			{805, "Binary search trees", "trees", day(time.November, 18), &java, nil, 0, 0, unpublished | paused | bare},
		},
	}
}

// functional was deleted in Canvas after its spring term.
func functional() *course {
	return &course{
		canvasID: 2002, code: "CS245", name: "Functional Programming", keep: keepsNothing,
		sections: []section{{1401, "CS245-01"}, {1402, "CS245-02"}},
		assignments: []*assignment{
			{901, "Folds", "folds", day(time.March, 6), &haskell, steps(compile, runs(4), final), -0.4, 30, inactive},
			{902, "A parser", "parser", day(time.March, 20), &haskell, steps(compile, style, runs(5), final), 0, 30, inactive},
			{903, "Lazy primes", "primes", day(time.April, 10), &haskell, steps(compile, runs(4), secrets(1), final), 0.3, 25, inactive},
			{904, "Monads, at last", "monads", day(time.April, 24), &haskell, steps(compile, runs(5), final), 0.8, 25, inactive | unpublished},
		},
	}
}
