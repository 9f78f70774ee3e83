//! Does the text of a module or a query use a name? Comments are no use; strings may be, in dynamic SQL.

/// The text with its comments blanked out; strings, quoted and bracketed names are kept.
pub fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('-', Some('-')) => {
                for skipped in rest.by_ref() {
                    if skipped == '\n' {
                        break;
                    }
                }
                out.push('\n');
            }
            ('/', Some('*')) => {
                rest.next();
                skip_block(&mut rest);
                out.push(' ');
            }
            ('\'' | '"' | '[', _) => {
                out.push(c);
                let end = if c == '[' { ']' } else { c };
                for kept in rest.by_ref() {
                    out.push(kept);
                    if kept == end {
                        break;
                    }
                }
            }
            _ => out.push(c),
        }
    }
    out
}

/// Block comments nest.
fn skip_block(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let mut depth = 1;
    while depth > 0 {
        match (rest.next(), rest.peek()) {
            (None, _) => return,
            (Some('*'), Some('/')) => {
                rest.next();
                depth -= 1;
            }
            (Some('/'), Some('*')) => {
                rest.next();
                depth += 1;
            }
            _ => {}
        }
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '@' | '#' | '$')
}

/// Is the whole name in the text, in whatever case, outside of comments?
pub fn mentions(text: &str, name: &str) -> bool {
    let text = without_comments(text).to_lowercase();
    let name = name.to_lowercase();
    let mut from = 0;
    while let Some(at) = text[from..].find(&name) {
        let (start, end) = (from + at, from + at + name.len());
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        if !before.is_some_and(is_part_of_name) && !after.is_some_and(is_part_of_name) {
            return true;
        }
        from = end;
    }
    false
}

/// Does it read all columns, as `SELECT *` or `e.*`?
pub fn selects_everything(text: &str) -> bool {
    let text = without_comments(text);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .collect();
    let after_select = words
        .windows(2)
        .any(|pair| pair[0].eq_ignore_ascii_case("select") && pair[1] == "*");
    after_select || words.iter().any(|word| word.ends_with(".*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_count_and_comments_do_not() {
        for (text, used) in [
            ("SELECT EmbeddingVector FROM t", true),
            ("SELECT e.[embeddingvector] FROM t AS e", true),
            ("SELECT * FROM dbo.vw_EmbeddingVectors", false),
            ("SELECT EmbeddingVector2, MyEmbeddingVector", false),
            ("-- EmbeddingVector\nSELECT 1", false),
            (
                "/* a /* EmbeddingVector */ EmbeddingVector */ SELECT 1",
                false,
            ),
            ("EXEC (N'SELECT EmbeddingVector FROM t')", true),
            ("SELECT '-- no comment', EmbeddingVector", true),
            ("SELECT '/*', 1 /* EmbeddingVector */", false),
        ] {
            assert_eq!(mentions(text, "EmbeddingVector"), used, "{text}");
        }
    }

    #[test]
    fn select_star_is_told_from_count_star() {
        assert!(selects_everything("SELECT *\nFROM dbo.AtomEmbeddings"));
        assert!(selects_everything(
            "SELECT 1, e.*, 2 FROM dbo.AtomEmbeddings AS e"
        ));
        assert!(!selects_everything(
            "SELECT COUNT(*) FROM dbo.AtomEmbeddings"
        ));
        assert!(!selects_everything("SELECT a * b FROM dbo.AtomEmbeddings"));
    }
}
