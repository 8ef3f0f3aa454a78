package demo

import "strings"

// person is the display name and the sortable name of a user.
type person struct{ name, sortableName string }

// unusualNames have caused bugs elsewhere: other scripts and directions, names
// of one part, spreadsheet formulas and HTML.
var unusualNames = []person{
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

// The least common multiple of the lengths of these lists exceeds Users, so that
// stepping through both gives unique names.
var (
	firstNames = strings.Fields(`Noor Daan Emma Sem Julia Lucas Mila Finn Tess Levi Sara Bram Lotte Thijs Anouk Ruben
		Ibrahim Aylin Youssef Fatima Priya Arjun Mei Hiro Ngozi Kwame Elena Mateo Ingrid Lars Chloé André
		Jürgen Katarzyna Tomáš Sanne Jasper Imani Oskar Femke`)
	familyNames = strings.Split(`van den Berg,Bakker,de Jong,Smit,Meijer,de Groot,Bos,Mulder,Hendriks,van Dijk,Dekker,
		Brouwer,de Wit,Dijkstra,Peters,Kok,van der Linden,Yılmaz,El Amrani,Haddad,Sharma,Iyer,Chen,Tanaka,
		Okafor,Mensah,Popescu,García,Lindqvist,Sørensen,Lefèvre,Müller,Nowak,Dvořák,Novák,Costa,Rossi,
		Ó Briain,Kovács,Hoekstra,Prins`, ",")
)

// nameAt returns the i-th name.
func nameAt(i int) person {
	// The first name is that of the sample user: a common name.
	if i >= 1 && i <= len(unusualNames) {
		return unusualNames[i-1]
	}
	first, last := firstNames[i*7%len(firstNames)], strings.TrimSpace(familyNames[i*11%len(familyNames)])
	if cut := strings.LastIndexByte(last, ' '); cut >= 0 {
		return person{first + " " + last, last[cut+1:] + ", " + first + " " + last[:cut]}
	}
	return person{first + " " + last, last + ", " + first}
}
