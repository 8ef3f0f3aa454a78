package demo

// language is a programming language with sample code and error messages.
type language struct {
	name          string
	source        string   // name of the source file
	code          string   // a format: the two verbs are a comment and the name of the task
	checklet      string   // part of the names of its checklets
	compileErrors []string // messages of the compiler
	runtimeErrors []string // messages of a failed run
}

var python = language{
	name: "python", source: "main.py", checklet: "python",
	code: `# %s

def %s(data):
    result = []
    for item in data:
        if item not in result:
            result.append(item)
    return result

if __name__ == "__main__":
    print(*%[2]s(input().split()))
`,
	compileErrors: []string{"SyntaxError: expected ':' (main.py, line 3)", "IndentationError: unexpected indent (main.py, line 7)"},
	runtimeErrors: []string{"IndexError: list index out of range", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", "RecursionError: maximum recursion depth exceeded", "KeyError: 'é'"},
}

var java = language{
	name: "java", source: "Main.java", checklet: "java",
	code: `// %s
import java.util.*;

public class Main {
    static List<String> %s(List<String> data) {
        return new ArrayList<>(new LinkedHashSet<>(data));
    }

    public static void main(String[] args) {
        System.out.println(String.join(" ", %[2]s(List.of(args))));
    }
}
`,
	compileErrors: []string{"Main.java:14: error: ';' expected", "Main.java:6: error: incompatible types: List<String> cannot be converted to ArrayList<String>"},
	runtimeErrors: []string{"java.lang.NullPointerException: Cannot invoke \"Node.next()\" because \"head\" is null", "java.lang.ArrayIndexOutOfBoundsException: Index 5 out of bounds for length 5"},
}

var cLanguage = language{
	name: "c", source: "main.c", checklet: "c",
	code: `/* %s */
#include <stdio.h>

int %s(const char *s) {
    int n = 0;
    while (s[n] != '\0') n++;
    return n;
}

int main(int argc, char **argv) {
    printf("%%d\n", argc > 1 ? %[2]s(argv[1]) : 0);
    return 0;
}
`,
	compileErrors: []string{"main.c:5:14: error: expected ';' before 'while'", "undefined reference to `cache_lookup'"},
	runtimeErrors: []string{"Segmentation fault (core dumped)", "AddressSanitizer: heap-buffer-overflow"},
}

var vhdl = language{
	name: "vhdl", source: "design.vhd", checklet: "ghdl",
	code: `-- %s
entity %s is
  port (a, b : in bit; s, c : out bit);
end entity;

architecture behaviour of %[2]s is
begin
  s <= a xor b;
  c <= a and b;
end architecture;
`,
	compileErrors: []string{"design.vhd:9:11: error: no declaration for \"carry\"", "design.vhd:4:38: error: ';' is expected instead of 'end'"},
	runtimeErrors: []string{"assertion failed at 40 ns: s = '0', expected '1'", "simulation did not settle after 5000 delta cycles"},
}

var coq = language{
	name: "coq", source: "proof.v", checklet: "coq",
	code: `(* %s *)
Theorem %s : forall P Q : Prop, P /\ Q -> Q /\ P.
Proof.
  intros P Q [p q].
  split; assumption.
Qed.
`,
	compileErrors: []string{"File \"proof.v\", line 4: Error: No such assumption.", "File \"proof.v\", line 6: Error: Attempt to save an incomplete proof."},
	runtimeErrors: []string{"The proof uses the axiom classic", "The statement of the theorem was changed"},
}

var haskell = language{
	name: "haskell", source: "Main.hs", checklet: "ghc",
	code: `-- %s
module Main where

%s :: (b -> a -> b) -> b -> [a] -> b
%[2]s f = go
  where
    go acc []     = acc
    go acc (x:xs) = go (f acc x) xs

main :: IO ()
main = print (%[2]s (+) 0 [1 .. 10 :: Int])
`,
	compileErrors: []string{"Main.hs:6:5: error: parse error on input ‘where’", "Main.hs:4:12: error: Couldn't match expected type ‘[a]’ with actual type ‘a’"},
	runtimeErrors: []string{"*** Exception: Prelude.head: empty list", "*** Failed! Falsified (after 12 tests): [0,-1]"},
}
