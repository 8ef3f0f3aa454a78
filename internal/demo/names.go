package demo

import "strings"

// person is a name as Canvas shows it and as it sorts.
type person struct{ name, sortable string }

// remarkable names have bitten somebody: other scripts and directions, names
// without parts, and what a spreadsheet or a browser would take for its own.
var remarkable = []person{
	{"Zoë Ångström", "Ångström, Zoë"},
	{"Siobhán O'Rourke", "O'Rourke, Siobhán"},
	{"林雨桐", "林雨桐"},
	{"ليلى الحداد", "الحداد, ليلى"},
	{"Sam 🎈 Visser", "Visser, Sam 🎈"},
	{"=SUM(A1:A9) Tables", "=SUM(A1:A9) Tables"},
	{"Renée \"Rex\" Dupont, Jr.", "Dupont, Renée \"Rex\", Jr."},
	{"Łukasz Źdźbłowski", "Źdźbłowski, Łukasz"},
	{"Ольга Берёзкина", "Берёзкина, Ольга"},
	{"Γιώργος Θαλασσινός", "Θαλασσινός, Γιώργος"},
	{"佐々木 さくら", "佐々木 さくら"},
	{"김하늘", "김하늘"},
	{"Nguyễn Thị Ánh Tuyết", "Nguyễn, Thị Ánh Tuyết"},
	{"נועה ברקת", "ברקת, נועה"},
	{"आरव मेहरा", "मेहरा, आरव"},
	{"Ben <b>Bold</b> Maas", "Maas, Ben <b>Bold</b>"},
	{"Ximena de la Peña y Quiroga", "Peña y Quiroga, Ximena de la"},
	{"Ærø Þórsdóttir", "Þórsdóttir, Ærø"},
	{"Mo", "Mo"},
	{"İpek Işık", "Işık, İpek"},
	{"D’Angelo N’Diaye", "N’Diaye, D’Angelo"},
	{"Wolfeschlegelsteinhausen-Bergerdorff van Overveldt tot Nieuwkoop", "Overveldt tot Nieuwkoop, Wolfeschlegelsteinhausen-Bergerdorff van"},
	{"Jean-Luc Bäcker\u2011Süß", "Bäcker\u2011Süß, Jean-Luc"},
	{"@import Anders", "Anders, @import"},
}

// The two lists have lengths whose least common multiple is above Users, so
// that stepping through both never makes a name twice.
var (
	given = strings.Fields(`Noor Daan Emma Sem Julia Lucas Mila Finn Tess Levi Sara Bram Lotte Thijs Anouk Ruben
		Ibrahim Aylin Youssef Fatima Priya Arjun Mei Hiro Ngozi Kwame Elena Mateo Ingrid Lars Chloé André
		Jürgen Katarzyna Tomáš Sanne Jasper Imani Oskar Femke`)
	family = strings.Split(`van den Berg,Bakker,de Jong,Smit,Meijer,de Groot,Bos,Mulder,Hendriks,van Dijk,Dekker,
		Brouwer,de Wit,Dijkstra,Peters,Kok,van der Linden,Yılmaz,El Amrani,Haddad,Sharma,Iyer,Chen,Tanaka,
		Okafor,Mensah,Popescu,García,Lindqvist,Sørensen,Lefèvre,Müller,Nowak,Dvořák,Novák,Costa,Rossi,
		Ó Briain,Kovács,Hoekstra,Prins`, ",")
)

// named returns the i-th name of an institution.
func named(i int) person {
	// The first name, that of the examples, is a plain one.
	if i >= 1 && i <= len(remarkable) {
		return remarkable[i-1]
	}
	first, last := given[i*7%len(given)], strings.TrimSpace(family[i*11%len(family)])
	if cut := strings.LastIndexByte(last, ' '); cut >= 0 {
		return person{first + " " + last, last[cut+1:] + ", " + first + " " + last[:cut]}
	}
	return person{first + " " + last, last + ", " + first}
}
