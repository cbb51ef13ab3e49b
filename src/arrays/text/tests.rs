use super::super::tests::{array, file, opened, refused, survives};
use super::*;
use proptest::prelude::*;

fn read(text: &str) -> (Vec<usize>, Vec<f64>) {
    let mut archive = opened(text.as_bytes()).unwrap_or_else(|why| panic!("{text}: {why}"));
    let (shape, kind, values) = array(&mut archive, "W");
    assert_eq!(kind, Kind::Float(64));
    (shape, values.expect("numbers"))
}

#[test]
fn all_separators_are_known() {
    for text in [
        "1 2.5\n-3 4e1\n",
        "1,2.5\n-3,4e1",
        "1;2.5\r\n-3;4e1\r\n",
        "1\t2.5\n-3\t4e1\n",
        "\u{FEFF}1, 2.5\n\n-3, 4e1\n",
        "# W\n1 2.5 # first\n   -3   4e1  \n",
        "1 2.5\r-3 4e1\r",
        "1, 2.5\n-3,4e1\n",
    ] {
        assert_eq!(read(text), (vec![2, 2], vec![1.0, 2.5, -3.0, 40.0]), "{text:?}");
    }
    assert_eq!(read("1\n2\n3"), (vec![3, 1], vec![1.0, 2.0, 3.0]));
    assert_eq!(read("0.5"), (vec![1, 1], vec![0.5]));
    let (shape, values) = read("nan -inf\nNaN Infinity\n");
    assert_eq!((shape, values[1], values[3]), (vec![2, 2], f64::NEG_INFINITY, f64::INFINITY));
    assert!(values[0].is_nan() && values[2].is_nan());
}

#[test]
fn tables_of_numpy_are_read() {
    let eighths: Vec<f64> = (-2..4).map(|n| f64::from(n) / 8.0).collect();
    for (name, notes) in [("blank.txt", &[][..]), ("comma.csv", &["line 1 holds names (x, y, z) and was left out"])] {
        let mut archive = super::super::open(&file(name)).expect("read");
        assert_eq!(array(&mut archive, "W"), (vec![2, 3], Kind::Float(64), Ok(eighths.clone())), "{name}");
        assert_eq!(
            (archive.format, &archive.notes[..]),
            ("text", &notes.iter().map(|n| n.to_string()).collect::<Vec<_>>()[..])
        );
    }
}

#[test]
fn what_is_no_table_is_told_with_its_line() {
    let cases = [
        ("1 2\n3 x\n", "line 2: x is no number"),
        ("1 2\n3\n", "line 2: 1 numbers, and 2 in the rows before"),
        ("# W\n1,2\n3,\n", "line 3: column 2 is empty"),
        ("1,5 2,5\n", "line 1: 1,5 has a decimal comma: write it with a point"),
        ("1,5;2,5\n", "line 1: 1,5 has a decimal comma"),
        ("1,5\t2\n", "line 1: 1,5 has a decimal comma"),
        ("x,y\n1,2,3\n", "line 2: 3 numbers under 2 names"),
        (",x,y\n0,1,2\n2,1,2\n", "line 3: the first column has no name and does not count"),
        (",x,y\na,1,2\n", "line 2: the first column has no name and does not count"),
        (",x,y\n2,1,2\n", "line 2: the first column has no name and does not count"),
        (",0,2\n0,1,2\n", "line 1: the first column has no name and does not count"),
        (",\n0,\n", "line 1: the first column has no name and does not count"),
        (",0,1\n0\n", "line 2: the row has no number of its own"),
        (",0,1\n0,1\n", "line 2: 1 numbers under 2 names"),
        ("0,1,2\n0.5,0.5,0.5\n", "the first row counts the columns"),
        ("0;1;2\n0.5;0.5;0.5\n", "the first row counts the columns"),
        ("0\t1\n0.5\t0.5\n0.25\t1.5\n", "the first row counts the columns"),
        ("0 1 2\n0.5 1 2\n", "the first row counts the columns"),
        ("0,0.5,0.25\n1,1.5,2\n2,3.5,1\n", "the first column counts the rows"),
        ("1 0.5\n2 1.5\n3 -3.5\n", "the first column counts the rows"),
        ("id,x\n0,0.5\n1,1.5\n2,3.5\n", "the first column counts the rows"),
        ("x y\nz w\n1 2\n", "line 2: z is no number"),
        ("x y\n", "a text without a row of numbers: give a file of arrays, such as .npz, .safetensors, HDF5 or .mat"),
        (
            "# nothing\n",
            "a text without a row of numbers: give a file of arrays, such as .npz, .safetensors, HDF5 or .mat",
        ),
        ("1 2\n3 4d0\n", "line 2: 4d0 is no number"),
        ("Dear reader,\nthis is no table.\n", "a text, read as a table of numbers: line"),
    ];
    for (text, part) in cases {
        let why = refused(text.as_bytes());
        assert!(why.contains(part), "{text:?}: {why}");
    }
    assert!(refused(b"1 2\n3 \xff\n").contains("neither"));
    assert!(refused(format!("1{}", " 1".repeat(COLUMNS)).as_bytes()).contains("1048577 numbers in one row"));
    assert_eq!(read("0,1,2\n3,4,5\n").0, [2, 3]);
}

#[test]
fn a_row_and_a_column_that_count_are_left_out_and_said() {
    // As pandas writes a frame by default, with tabs too; as R does, which counts from 1.
    let cases = [
        (",0,1\n0,0.5,1.5\n1,-2.0,0.25\n2,3.0,4.0\n", ["line 1 counts the columns (0, 1)", "(0 to 2)"]),
        ("\t0\t1\n0\t0.5\t1.5\n1\t-2.0\t0.25\n2\t3.0\t4.0\n", ["line 1 counts the columns (0, 1)", "(0 to 2)"]),
        (",h0,h1\n0,0.5,1.5\n1,-2.0,0.25\n2,3.0,4.0\n", ["line 1 holds names (h0, h1)", "(0 to 2)"]),
        (
            "\"\",\"V1\",\"V2\"\n\"1\",0.5,1.5\n\"2\",-2,0.25\n\"3\",3,4\n",
            ["line 1 holds names (\"V1\", \"V2\")", "(1 to 3)"],
        ),
    ];
    for (text, notes) in cases {
        assert_eq!(read(text), (vec![3, 2], vec![0.5, 1.5, -2.0, 0.25, 3.0, 4.0]), "{text:?}");
        let said = opened(text.as_bytes()).expect("read").notes;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said[0].starts_with(notes[0]) && said[1].contains(&format!("counts the rows {}", notes[1])),
            "{said:?}"
        );
    }
    // Numbers that count by chance are numbers.
    for text in ["0,0.5\n1,0.25\n", "0,1\n0.5,0.25\n", "0,1\n1,2\n2,3\n", "0.0,0.5\n1.0,0.5\n2.0,0.5\n", "0\n1\n2\n"] {
        assert_eq!(read(text).1[0], 0.0, "{text:?}");
    }
}

#[test]
fn damaged_tables_are_read_or_refused() {
    for name in ["blank.txt", "comma.csv"] {
        assert!(survives(&std::fs::read(file(name)).expect("there"), 2000, 64) > 10);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[-+0-9.,;: \t\r\n#exinfa\"]{0,60}") {
        let _ = opened(text.as_bytes());
    }

    #[test]
    fn numbers_come_back(rows in prop::collection::vec(prop::array::uniform3(any::<f64>()), 1..6), sign in 0usize..4) {
        let sign = [",", ";", "\t", " "][sign];
        let line = |row: &[f64; 3]| row.map(|x| format!("{x:e}")).join(sign);
        let (shape, values) = read(&rows.iter().map(line).collect::<Vec<_>>().join("\n"));
        prop_assert_eq!(shape, vec![rows.len(), 3]);
        prop_assert!(values.iter().zip(rows.as_flattened()).all(|(x, y)| x == y || x.is_nan() && y.is_nan()));
    }
}
