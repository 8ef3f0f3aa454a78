package engine

import "testing"

// TestMultihash parses hashes of "123456789", from a Momotor engine and computed with the same codes.
func TestMultihash(t *testing.T) {
	t.Parallel()
	tests := map[uint64]string{
		0x00: "1WxHGAGj45q5v8",
		0x11: "5duEcb81V3Zq4sWyN9SquuaGzxvcD6",
		0x12: "QmPp5kttvq72nB8Sw55wYa7izgWgcc5kMq14M1vxiNovQU",
	}
	for code, want := range tests {
		m := multihash{identity, "123456789"}
		if code != identity {
			h := hashes[code]()
			h.Write([]byte("123456789"))
			m = multihash{code, string(h.Sum(nil))}
		}
		if got := string(m.text()); got != want {
			t.Errorf("multihash %#x of 123456789 = %s, want %s", code, got, want)
		}
	}
}

// TestMultihashAll asserts that formatted hashes of every function can be parsed.
func TestMultihashAll(t *testing.T) {
	t.Parallel()
	for code, function := range hashes {
		m := multihash{code, string(function().Sum(nil))}
		if got, err := parseMultihash(m.text()); got != m || err != nil {
			t.Errorf("parseMultihash(%s) = %v, %v, want %v", m.text(), got, err, m)
		}
	}
	if len(hashes) != 7 {
		t.Errorf("%d hash functions, want 7", len(hashes))
	}
}

func TestMultihashRejects(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "$$$", "5dqfkrAhhaZVunZXPHwVY13p5XPHGC", "5dxoUL5KGWaADxURLzxCHp6jvQTw9z", "ztU41qKSJ8ZdVmMjwRg75an4",
		string(make([]byte, maxHashText+1)),
	} {
		if m, err := parseMultihash([]byte(text)); err == nil {
			t.Errorf("parseMultihash(%.40q) = %v, want an error", text, m)
		}
	}
}

// FuzzMultihash asserts that parsing any text terminates, and that a parsed hash can be formatted.
func FuzzMultihash(f *testing.F) {
	f.Add([]byte("QmPp5kttvq72nB8Sw55wYa7izgWgcc5kMq14M1vxiNovQU"))
	f.Add([]byte("1WxHGAGj45q5v8"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseMultihash(text)
		if err != nil {
			return
		}
		if again, err := parseMultihash(m.text()); again != m || err != nil {
			t.Errorf("parseMultihash(%q) = %v, but parsing its text = %v, %v", text, m, again, err)
		}
	})
}
