//! The literals of Python that stand in the headers of NumPy's format.

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A text, with quotes of either kind.
    Text(String),
    /// A whole number; none where it is negative or too large.
    Number(Option<usize>),
    /// `True` or `False`.
    Bool(bool),
    /// `None`.
    None,
    /// A tuple or a list.
    Many(Vec<Value>),
    /// A dictionary in its order.
    Dictionary(Vec<(Value, Value)>),
}

/// Literals may lie so deep in each other.
const DEPTH: usize = 32;

/// The literal that is all of a text, or none where it is not one.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut parser = Parser { text: text.as_bytes(), at: 0 };
    let value = parser.value(DEPTH)?;
    parser.next().is_none().then_some(value)
}

/// A text and how much of it was read.
struct Parser<'a> {
    /// All of it.
    text: &'a [u8],
    /// The next byte.
    at: usize,
}

impl Parser<'_> {
    /// The next byte that is no blank, which stays.
    fn next(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Whether the next byte is this one, which is then taken.
    fn take(&mut self, byte: u8) -> bool {
        let here = self.next() == Some(byte);
        self.at += usize::from(here);
        here
    }

    /// The next literal, in which others may lie so deep.
    fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        match self.next()? {
            b'(' => self.many(b')', depth).map(|(mut values, comma)| match values.pop() {
                Some(value) if values.is_empty() && !comma => value,
                last => Value::Many(values.into_iter().chain(last).collect()),
            }),
            b'[' => self.many(b']', depth).map(|(values, _)| Value::Many(values)),
            b'{' => self.dictionary(depth),
            b'\'' | b'"' => self.text(),
            b'-' | b'+' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    /// Literals up to a closing bracket, and whether a comma stands behind one.
    fn many(&mut self, close: u8, depth: usize) -> Option<(Vec<Value>, bool)> {
        let (mut values, mut comma) = (Vec::new(), false);
        self.at += 1;
        while !self.take(close) {
            values.push(self.value(depth)?);
            match self.take(b',') {
                true => comma = true,
                false => return self.take(close).then_some((values, comma)),
            }
        }
        Some((values, comma))
    }

    /// Pairs of literals up to a closing brace.
    fn dictionary(&mut self, depth: usize) -> Option<Value> {
        let mut pairs = Vec::new();
        self.at += 1;
        while !self.take(b'}') {
            let key = self.value(depth)?;
            let value = self.take(b':').then(|| self.value(depth))??;
            pairs.push((key, value));
            if !self.take(b',') {
                return self.take(b'}').then_some(Value::Dictionary(pairs));
            }
        }
        Some(Value::Dictionary(pairs))
    }

    /// A text in quotes; a backslash takes the next byte as it is.
    fn text(&mut self) -> Option<Value> {
        let (quote, mut bytes) = (self.next()?, Vec::new());
        self.at += 1;
        loop {
            let mut byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'\\' => {
                    byte = *self.text.get(self.at)?;
                    self.at += 1;
                }
                b'\n' => return None,
                _ if byte == quote => return String::from_utf8(bytes).ok().map(Value::Text),
                _ => {}
            }
            bytes.push(byte);
        }
    }

    /// A whole number; Python 2 has an `L` behind long ones.
    fn number(&mut self) -> Option<Value> {
        let negative = self.text[self.at] == b'-';
        self.at += usize::from(!self.text[self.at].is_ascii_digit());
        let from = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.text[from..self.at]).ok().filter(|digits| !digits.is_empty())?;
        self.at += usize::from(self.text.get(self.at) == Some(&b'L'));
        let ends = self.text.get(self.at).is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"._".contains(byte));
        ends.then(|| Value::Number(digits.parse().ok().filter(|number| !negative || *number == 0)))
    }

    /// A name, or the letter before a text (`u'...'`, `b'...'`).
    fn word(&mut self) -> Option<Value> {
        let from = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_alphanumeric) {
            self.at += 1;
        }
        match &self.text[from..self.at] {
            b"True" => Some(Value::Bool(true)),
            b"False" => Some(Value::Bool(false)),
            b"None" => Some(Value::None),
            b"u" | b"b" if matches!(self.text.get(self.at), Some(b'\'' | b'"')) => self.text(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_python_reads_them() {
        let (one, text) = (Value::Number(Some(1)), |text: &str| Value::Text(text.into()));
        let many = |values: &[&Value]| Some(Value::Many(values.iter().map(|v| (*v).clone()).collect()));
        assert_eq!(parse("(1)"), Some(one.clone()));
        assert_eq!(
            (parse("( 1 , )"), parse("(1,1)"), parse("[1]")),
            (many(&[&one]), many(&[&one, &one]), many(&[&one]))
        );
        assert_eq!((parse("()"), parse("[1L,1L,]")), (many(&[]), many(&[&one, &one])));
        assert_eq!((parse("'a\\'\"'"), parse(" u\"b\"\n")), (Some(text("a'\"")), Some(text("b"))));
        let nested = "{'k': [('a', '<f8', (2,)), ('b', None)], \"q\": True,}";
        assert!(matches!(parse(nested), Some(Value::Dictionary(pairs)) if pairs.len() == 2));
        assert_eq!(
            (parse("-1"), parse("99999999999999999999999")),
            (Some(Value::Number(None)), Some(Value::Number(None)))
        );
        for wrong in ["", "(", "(1", "(,)", "(1,,)", "{1}", "{1:}", "'a", "1.5", "1e5", "x", "1 1", "-", "'\n'", "1L1"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&"(".repeat(100_000)), None);
        assert_eq!(parse(&format!("{}1{}", "[".repeat(40), "]".repeat(40))), None);
    }
}
