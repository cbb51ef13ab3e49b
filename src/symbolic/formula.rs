//! Formulas in plain text, as pages and steps of derivations write them, as MathML.
//!
//! Letters stand for themselves, roots cover the letter, number or bracket behind them, raised and
//! lowered letters (also behind `^` and `_`) belong to what is before them, and fractions stay in
//! the line.

/// Names that are set upright and taken whole.
const FUNCTIONS: [&str; 27] = [
    "arctan", "artanh", "cos", "cosh", "cov", "det", "diag", "div", "erf", "exp", "ln", "log", "logit", "max", "mean",
    "min", "mod", "rank", "sech", "sgn", "sin", "sinh", "sup", "tan", "tanh", "tr", "var",
];

/// Short words that are no products of letters.
const WORDS: [&str; 22] = [
    "all", "and", "at", "bit", "eps", "for", "gap", "if", "in", "is", "its", "lag", "not", "of", "on", "one", "or",
    "per", "row", "sum", "the", "to",
];

/// Signs between two things.
const SIGNS: [char; 14] = ['=', '+', '−', '-', '/', '·', '<', '>', '≤', '≥', '≈', '~', '∝', '→'];

const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵏᵀʲᵐ";
const RAISED_AS: &str = "0123456789+−()nikTjm";
const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₕᵢⱼₖₘₙₓᵣᵤᵥ";
const LOWERED_AS: &str = "0123456789+−()ahijkmnxruv";

fn other(letter: char, from: &str, to: &str) -> Option<char> {
    from.chars().zip(to.chars()).find(|(one, _)| *one == letter).map(|(_, other)| other)
}

/// Whether words in typewriter letters are a formula; else they are a name, a file or a command.
pub fn is_formula(words: &str) -> bool {
    let number = |token: &str| token.chars().all(|c| c.is_ascii_digit() || c == '.');
    let letters =
        |token: &str| token.trim_start_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['\'', '′']).to_string();
    let symbol = |token: &str| match letters(token).split_once('_') {
        Some((name, below)) => name.chars().count() == 1 && below.chars().count() == 1,
        None => {
            letters(token).chars().count() == 1 || token.len() == 2 && token.starts_with(|c: char| c.is_uppercase())
        }
    };
    let names = |token: &str| {
        symbol(token) && !token.ends_with(|c: char| c.is_ascii_digit()) || FUNCTIONS.contains(&token) || number(token)
    };
    let path = words.contains("::") || words.contains("--") || words.contains('\\');
    !path
        && !words.is_empty()
        && (!words.is_ascii()
            || words.contains([' ', '=', '^']) && words.contains(['=', '<', '>', '^', '('])
            || words.contains('(') && words.contains(')') && !words.ends_with("()")
            || words.split([' ', '/']).all(names))
}

/// A formula within text, which may go on in another line before its signs: one MathML element for
/// each part.
pub fn within_text(words: &str) -> String {
    let (mut parts, mut depth, mut bars) = (vec![String::new()], 0i32, false);
    let mut letters = words.chars().peekable();
    while let Some(letter) = letters.next() {
        depth += i32::from("([{⟨".contains(letter)) - i32::from(")]}⟩".contains(letter));
        bars ^= letter == '|';
        let sign = letters.peek().is_some_and(|next| SIGNS.contains(next));
        let ends = parts.last().is_some_and(|part| part.ends_with([',', ';']));
        // A sign behind a sign is that of a number.
        let inside = depth > 0 || bars || parts.last().is_some_and(|part| part.ends_with(SIGNS));
        match parts.last_mut() {
            _ if letter == ' ' && !inside && (sign || ends) => parts.push(String::new()),
            Some(part) => part.push(letter),
            None => {}
        }
    }
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let set = mathml(part);
        // A sign has its own distances on both sides also where it comes first; the line may end
        // before it.
        match set.strip_prefix("<mo>").or(set.strip_prefix("<mo form=\"prefix\">")) {
            Some(rest) if !out.is_empty() => out += &format!("<wbr><math><mo form=\"infix\">{rest}</math>"),
            _ if out.is_empty() => out += &format!("<math>{set}</math>"),
            _ => out += &format!(" <math>{set}</math>"),
        }
    }
    out
}

/// The inside of a MathML `mrow`.
pub fn mathml(words: &str) -> String {
    let mut reader = Reader { letters: words.chars().collect(), at: 0 };
    let mut out = String::new();
    while reader.at < reader.letters.len() {
        match reader.item() {
            Some(item) => out += &item,
            // A bracket that nothing opened.
            None => out += &operator(reader.next()),
        }
    }
    out
}

fn operator(letter: char) -> String {
    format!("<mo>{}</mo>", escaped(&letter.to_string()))
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

struct Reader {
    letters: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> char {
        self.letters.get(self.at).copied().unwrap_or('\0')
    }

    fn next(&mut self) -> char {
        let letter = self.peek();
        self.at += 1;
        letter
    }

    fn run(&mut self, of: impl Fn(char) -> bool) -> String {
        let mut run = String::new();
        while self.at < self.letters.len() && of(self.peek()) {
            run.push(self.next());
        }
        run
    }

    /// The next thing with what is raised and lowered behind it; nothing before a closing bracket.
    fn item(&mut self) -> Option<String> {
        if [')', ']', '}', '⟩'].contains(&self.peek()) {
            return None;
        }
        let base = self.base();
        let (mut low, mut high) = (String::new(), String::new());
        loop {
            match self.peek() {
                '_' | '^' if self.at + 1 < self.letters.len() => {
                    let sign = self.next();
                    let script = self.script();
                    *(if sign == '_' { &mut low } else { &mut high }) += &script;
                }
                '*' => {
                    self.at += 1;
                    high += "<mo>*</mo>";
                }
                '′' | '\'' => {
                    self.at += 1;
                    high += "<mo>′</mo>";
                }
                letter if other(letter, RAISED, RAISED_AS).is_some() => {
                    let run = self.run(|letter| RAISED.contains(letter));
                    high += &mathml(&run.chars().filter_map(|l| other(l, RAISED, RAISED_AS)).collect::<String>());
                }
                letter if other(letter, LOWERED, LOWERED_AS).is_some() => {
                    let run = self.run(|letter| LOWERED.contains(letter));
                    low += &mathml(&run.chars().filter_map(|l| other(l, LOWERED, LOWERED_AS)).collect::<String>());
                }
                _ => break,
            }
        }
        Some(match (low.is_empty(), high.is_empty()) {
            (true, true) => base,
            (false, true) => format!("<msub>{base}<mrow>{low}</mrow></msub>"),
            (true, false) => format!("<msup>{base}<mrow>{high}</mrow></msup>"),
            (false, false) => format!("<msubsup>{base}<mrow>{low}</mrow><mrow>{high}</mrow></msubsup>"),
        })
    }

    fn base(&mut self) -> String {
        match self.peek() {
            letter if letter.is_whitespace() => {
                self.at += 1;
                // Signs have their own distances, products a small one.
                "<mspace width=\"0.17em\"/>".into()
            }
            letter if letter.is_ascii_digit() => {
                let mut number = self.run(|c| c.is_ascii_digit());
                if self.peek() == '.' && self.letters.get(self.at + 1).is_some_and(char::is_ascii_digit) {
                    self.at += 1;
                    number = format!("{number}.{}", self.run(|c| c.is_ascii_digit()));
                }
                format!("<mn>{number}</mn>")
            }
            letter if letter.is_ascii_alphabetic() => self.word(),
            'Σ' => {
                self.at += 1;
                operator('∑')
            }
            letter if letter.is_alphabetic() => {
                self.at += 1;
                format!("<mi>{letter}</mi>")
            }
            open @ ('(' | '[' | '{' | '⟨') => {
                self.at += 1;
                let (inside, close) = self.inside();
                let close = close.map_or(String::new(), operator);
                format!("<mrow>{}{inside}{close}</mrow>", operator(open))
            }
            '√' => {
                self.at += 1;
                format!("<msqrt>{}</msqrt>", self.under_root())
            }
            '-' if self.letters.get(self.at + 1) == Some(&'>') => {
                self.at += 2;
                "<mo>→</mo>".into()
            }
            sign @ ('<' | '>') if self.letters.get(self.at + 1) == Some(&'=') => {
                self.at += 2;
                operator(if sign == '<' { '≤' } else { '≥' })
            }
            '-' | '−' => {
                let before = self.letters[..self.at].iter().rev().find(|letter| !letter.is_whitespace());
                // Behind a bracket or another sign it is that of a number.
                let own = before.is_none_or(|before| "([{⟨,;=<>+-−·/→≤≥≠√".contains(*before));
                self.at += 1;
                if own { "<mo form=\"prefix\">−</mo>".into() } else { "<mo>−</mo>".into() }
            }
            '|' => {
                self.at += 1;
                "<mo stretchy=\"false\">|</mo>".into()
            }
            half @ ('½' | '¼' | '¾') => {
                self.at += 1;
                format!("<mn>{half}</mn>")
            }
            '∞' => {
                self.at += 1;
                "<mi>∞</mi>".into()
            }
            _ => operator(self.next()),
        }
    }

    /// Letters of one alphabet: a function, a word, or a product of letters, of which the last
    /// alone has what is raised or lowered behind it.
    fn word(&mut self) -> String {
        let start = self.at;
        let word = self.run(|c| c.is_ascii_alphabetic());
        if FUNCTIONS.contains(&&*word) {
            return format!("<mi>{word}</mi>");
        }
        // 784 x 500, N x M
        let space = |at: Option<usize>| at.and_then(|at| self.letters.get(at)) == Some(&' ');
        let sized =
            |at: usize| self.letters.get(at).is_some_and(|c| c.is_ascii_digit() || c.is_uppercase() || *c == '(');
        if word == "x" && space(start.checked_sub(1)) && space(Some(self.at)) && start >= 2 && sized(self.at + 1) {
            let before = self.letters[start - 2];
            if before.is_ascii_digit() || before.is_uppercase() || before == ')' {
                return operator('×');
            }
        }
        if word.len() > 3 || WORDS.contains(&&*word) {
            return format!("<mtext>{word}</mtext>");
        }
        self.at = start + 1;
        format!("<mi>{}</mi>", &word[..1])
    }

    /// Everything up to the bracket that closes, and that bracket if there is one.
    fn inside(&mut self) -> (String, Option<char>) {
        let mut inside = String::new();
        while self.at < self.letters.len() {
            match self.item() {
                Some(item) => inside += &item,
                None => return (inside, Some(self.next())),
            }
        }
        (inside, None)
    }

    /// What a root covers: a bracket without its signs, a function with its bracket, one letter or
    /// number.
    fn under_root(&mut self) -> String {
        if self.peek() == '(' {
            self.at += 1;
            return self.inside().0;
        }
        let base = self.base();
        let name = base.strip_prefix("<mi>").and_then(|rest| rest.strip_suffix("</mi>"));
        let function = name.is_some_and(|name| FUNCTIONS.contains(&name));
        if function && self.peek() == '(' { base + &self.base() } else { base }
    }

    /// What is raised or lowered behind a sign: a bracket without its signs, a word or a number.
    fn script(&mut self) -> String {
        match self.peek() {
            '(' | '{' => {
                self.at += 1;
                self.inside().0
            }
            letter if letter.is_alphanumeric() => {
                let run = self.run(|c| c.is_alphanumeric() && other(c, RAISED, RAISED_AS).is_none());
                mathml(&run)
            }
            '|' => {
                self.at += 1;
                let inside: String = self.run(|c| c != '|');
                self.at += 1;
                let bar = "<mo stretchy=\"false\">|</mo>";
                format!("{bar}{}{bar}", mathml(&inside))
            }
            '−' | '-' => {
                self.at += 1;
                let run = self.run(|c| c.is_alphanumeric());
                format!("<mo>−</mo>{}", mathml(&run))
            }
            _ => self.base(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_from_names() {
        for formula in [
            "N",
            "s²",
            "λ",
            "1/N",
            "ln Z",
            "N x M",
            "k = 1..5",
            "tr S",
            "4/β",
            "max(N,M)",
            "E tanh²(z)",
            "var x",
            "x^2 = y",
        ] {
            assert!(is_formula(formula), "{formula}");
        }
        for name in [
            "tall",
            "student-t3",
            "exact::rank_one",
            "cargo test",
            "verify --out DIR",
            "T09",
            "",
            "after-training",
            "at()",
        ] {
            assert!(!is_formula(name), "{name}");
        }
    }

    #[test]
    fn formulas_are_set_as_by_hand() {
        let space = "<mspace width=\"0.17em\"/>";
        let cases = [
            ("x", "<mi>x</mi>".to_string()),
            ("2.5", "<mn>2.5</mn>".into()),
            ("s²", "<msup><mi>s</mi><mrow><mn>2</mn></mrow></msup>".into()),
            ("λ₁", "<msub><mi>λ</mi><mrow><mn>1</mn></mrow></msub>".into()),
            ("λ₊²", "<msubsup><mi>λ</mi><mrow><mo>+</mo></mrow><mrow><mn>2</mn></mrow></msubsup>".into()),
            ("√N", "<msqrt><mi>N</mi></msqrt>".into()),
            ("√(a/b)", "<msqrt><mi>a</mi><mo>/</mo><mi>b</mi></msqrt>".into()),
            (
                "√max(N,M)",
                "<msqrt><mi>max</mi><mrow><mo>(</mo><mi>N</mi><mo>,</mo><mi>M</mi><mo>)</mo></mrow></msqrt>".into(),
            ),
            ("NM²", "<mi>N</mi><msup><mi>M</mi><mrow><mn>2</mn></mrow></msup>".into()),
            (
                "(a)^(1/2)",
                "<msup><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow><mrow><mn>1</mn><mo>/</mo><mn>2</mn></mrow></msup>"
                    .into(),
            ),
            ("D_v", "<msub><mi>D</mi><mrow><mi>v</mi></mrow></msub>".into()),
            ("10⁻⁶", "<msup><mn>10</mn><mrow><mo form=\"prefix\">−</mo><mn>6</mn></mrow></msup>".into()),
            ("(−x)", "<mrow><mo>(</mo><mo form=\"prefix\">−</mo><mi>x</mi><mo>)</mo></mrow>".into()),
            ("a−b", "<mi>a</mi><mo>−</mo><mi>b</mi>".into()),
            ("ln Z", format!("<mi>ln</mi>{space}<mi>Z</mi>")),
            (
                "a <= -b",
                format!("<mi>a</mi>{space}<mo>≤</mo>{space}<mo form=\"prefix\">−</mo><mi>b</mi>"),
            ),
            ("v → h", format!("<mi>v</mi>{space}<mo>→</mo>{space}<mi>h</mi>")),
            ("Σ xᵏ", format!("<mo>∑</mo>{space}<msup><mi>x</mi><mrow><mi>k</mi></mrow></msup>")),
            ("N x M", format!("<mi>N</mi>{space}<mo>×</mo>{space}<mi>M</mi>")),
            ("ax + by", format!("<mi>a</mi><mi>x</mi>{space}<mo>+</mo>{space}<mi>b</mi><mi>y</mi>")),
            ("z^|N|", "<msup><mi>z</mi><mrow><mo stretchy=\"false\">|</mo><mi>N</mi><mo stretchy=\"false\">|</mo></mrow></msup>".into()),
            ("rate · M", format!("<mtext>rate</mtext>{space}<mo>·</mo>{space}<mi>M</mi>")),
            ("|x*|", "<mo stretchy=\"false\">|</mo><msup><mi>x</mi><mrow><mo>*</mo></mrow></msup><mo stretchy=\"false\">|</mo>".into()),
            ("a & b < c", format!("<mi>a</mi>{space}<mo>&amp;</mo>{space}<mi>b</mi>{space}<mo>&lt;</mo>{space}<mi>c</mi>")),
            // Brackets that nothing opened or closed stay what they are.
            ("a) [b", format!("<mi>a</mi><mo>)</mo>{space}<mrow><mo>[</mo><mi>b</mi></mrow>")),
            ("", String::new()),
        ];
        for (plain, expected) in cases {
            assert_eq!(mathml(plain), expected, "{plain}");
        }
    }

    #[test]
    fn a_formula_within_text_goes_on_before_its_signs() {
        let of = |part: &str| format!("<math>{}</math>", mathml(part));
        let sign = |part: &str| {
            let alike = of(part).replacen("<mo>", "<mo form=\"infix\">", 1);
            alike.replacen("<math><mo form=\"prefix\">", "<math><mo form=\"infix\">", 1)
        };
        assert_eq!(within_text("a − b"), format!("{}<wbr>{}", of("a"), sign("− b")));
        let (equal, over) = (sign("= √(a + b)"), sign("/ (π r),"));
        let expected = format!("{}<wbr>{equal}<wbr>{over} {}", of("ρ(λ)"), of("λ"));
        assert_eq!(within_text("ρ(λ) = √(a + b) / (π r), λ"), expected);
        assert_eq!(within_text("ln Z"), of("ln Z"));
        assert_eq!(within_text("|F − Φ|"), of("|F − Φ|"), "not within bars");
        assert_eq!(
            within_text("c = −f"),
            format!("{}<wbr>{}", of("c"), sign("= −f")),
            "a sign of a number stays with it"
        );
        assert_eq!(within_text("− x"), of("− x"), "the first of all is no sign between two");
        assert_eq!(within_text(""), "");
    }

    #[test]
    fn whatever_is_written_is_well_formed() {
        for words in ["((((", "))))", "^", "_", "a^", "x_(", "√", "√)", "^^^", "−(⁻", "⁻¹", "'", "<<>>", "\u{0}\u{301}"]
        {
            let set = mathml(words);
            let opened = set.matches('<').count() - set.matches("</").count() - set.matches("/>").count();
            assert_eq!(opened, set.matches("</").count(), "{words}: {set}");
        }
    }
}
