//! This program's own statements that name the column: the Query Store sees them too, and they restart no soak.

use crate::tsql::{Statement, embedded};

/// Every statement of sql/ that names EmbeddingVector; a test holds the list complete.
const NAMING: &[Statement] = &[
    embedded!("phase2/check_dimensions.sql"),
    embedded!("phase2/check_padding.sql"),
    embedded!("phase2/count_pending_embeddings.sql"),
    embedded!("phase2/find_batch_conflicts.sql"),
    embedded!("phase2/inspect_vector_column.sql"),
    embedded!("phase2/read_batch.sql"),
    embedded!("phase2/read_embeddings.sql"),
    embedded!("phase2/resolve_components.sql"),
    embedded!("phase2/rollback_batch.sql"),
    embedded!("phase2/rollback_measure_embeddings.sql"),
    embedded!("phase2/sample_embeddings.sql"),
    embedded!("phase2/select_sibling_embeddings.sql"),
    embedded!("phase2/select_totals.sql"),
    embedded!("phase2/sum_components.sql"),
    embedded!("phase2/take_key_range.sql"),
    embedded!("phase3/count_unfilled.sql"),
    embedded!("phase3/fill_batch.sql"),
    embedded!("phase3/lock_and_count_changes.sql"),
    embedded!("phase3/select_unfilled_range.sql"),
    embedded!("status/count_progress.sql"),
    embedded!("validate/count_embeddings.sql"),
    embedded!("validate/find_lost_vectors.sql"),
    embedded!("validate/find_unequal_vectors.sql"),
];

/// Is a text of the Query Store one of them? Places that vary may hold anything; comments and white space do not count.
pub fn is_own(query_text: &str) -> bool {
    let query = words(strip_parameters(query_text));
    NAMING.iter().any(|statement| {
        let pieces: Vec<String> = fixed_pieces(statement.sql().text())
            .iter()
            .map(|piece| words(piece))
            .collect();
        // The Query Store has one statement of a batch; every piece of it that it can have must be there in order.
        is_made_of(&query, &pieces)
    })
}

/// `(@P1 bigint,@P2 int)SELECT ...` as sp_executesql shows it.
fn strip_parameters(text: &str) -> &str {
    let text = text.trim_start();
    if !text.starts_with("(@") {
        return text;
    }
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    text
}

/// The text between the places that vary.
fn fixed_pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("/*{") {
        pieces.push(&rest[..at]);
        rest = match rest.find("/*{end}*/") {
            Some(end) => &rest[end + "/*{end}*/".len()..],
            None => "",
        };
    }
    pieces.push(rest);
    pieces
}

/// Without comments, white space as one space, no semicolon at the end.
fn words(text: &str) -> String {
    super::source_text::without_comments(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches(';')
        .trim()
        .to_owned()
}

/// Is the query a stretch of `pieces` with anything short between them?
fn is_made_of(query: &str, pieces: &[String]) -> bool {
    if query.len() < 40 {
        return false;
    }
    if let [only] = pieces {
        return only.contains(query);
    }
    pieces.iter().enumerate().any(|(at, first)| {
        // The query begins within the first piece that it has something of.
        let Some(begin) = overlap(query, first) else {
            return false;
        };
        let mut rest = &query[begin..];
        for piece in &pieces[at + 1..] {
            if rest.is_empty() {
                return true;
            }
            let head: String = piece.chars().take(24).collect();
            match rest.find(head.as_str()) {
                Some(found) if found <= 160 => {
                    let left = &rest[found..];
                    let same = left
                        .bytes()
                        .zip(piece.bytes())
                        .take_while(|(a, b)| a == b)
                        .count();
                    if same < piece.len() && same < left.len() {
                        return false;
                    }
                    rest = &left[same..];
                }
                _ => return false,
            }
        }
        rest.len() <= 160
    })
}

/// How much of the query's beginning is the end of the piece, 20 bytes at least.
fn overlap(query: &str, piece: &str) -> Option<usize> {
    let head: String = query.chars().take(20).collect();
    let mut from = 0;
    while let Some(at) = piece[from..].find(head.as_str()) {
        let tail = &piece[from + at..];
        if query.starts_with(tail) {
            return Some(tail.len());
        }
        from += at + head.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tsql::{Fragment, Identifier};

    #[test]
    fn own_statements_are_known_whatever_their_places_hold() {
        let read = embedded!("phase2/read_batch.sql");
        let tenant = Identifier::new("TenantId").unwrap();
        let filled = read.with(&[
            ("TenantId", Fragment::identifier(&tenant)),
            (
                "LastUpdated",
                Fragment::identifier(&Identifier::new("LastUpdated").unwrap()),
            ),
        ]);
        for text in [read.sql().text(), filled.text()] {
            let at = text.find("SELECT TOP").unwrap();
            let shown = format!("(@P1 bigint,@P2 bigint,@P3 int){}", text[at..].trim_end());
            assert!(is_own(&shown), "{shown}");
            assert!(is_own(shown.trim_end_matches(';')));
        }
        let count = embedded!("validate/count_embeddings.sql").sql();
        let at = count.text().find("SELECT COUNT_BIG").unwrap();
        assert!(is_own(&count.text()[at..]));
    }

    #[test]
    fn anybody_elses_query_is_not() {
        for text in [
            "SELECT EmbeddingVector FROM dbo.AtomEmbeddings WHERE AtomEmbeddingId = @id",
            "(@id bigint)SELECT e.AtomEmbeddingId, e.EmbeddingVector FROM dbo.AtomEmbeddings AS e WHERE e.AtomId = @id",
            "UPDATE dbo.AtomEmbeddings SET EmbeddingVector = @v WHERE AtomEmbeddingId = @id",
        ] {
            assert!(!is_own(text), "{text}");
        }
    }

    /// Lines of statements, not of headers, that name the column.
    #[test]
    fn the_list_is_complete() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
        let mut missing = Vec::new();
        for folder in std::fs::read_dir(&root).unwrap() {
            let folder = folder.unwrap().path();
            if !folder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(&folder).unwrap() {
                let file = file.unwrap().path();
                let name = file.strip_prefix(&root).unwrap().display().to_string();
                let text = std::fs::read_to_string(&file).unwrap();
                let ddl = text.contains("ALTER TABLE") || text.contains("sp_rename");
                if !ddl
                    && super::super::source_text::mentions(&text, "EmbeddingVector")
                    && !NAMING.iter().any(|statement| statement.path == name)
                {
                    missing.push(name);
                }
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
