//! Texts that an aggregate joins: all in one place, in the order of their keys when they come out.

use crate::error::Result;
use crate::query::eval::Env;
use crate::query::plan::SortKey;
use crate::types::Value;

use super::sort::append_sort_bytes;

#[derive(Default)]
pub(super) struct Texts {
    /// Each text, and after it the separator that stands before it unless it comes first.
    texts: String,
    keys: Vec<u8>,
    parts: Vec<Part>,
}

/// Where the key, the text and the separator end.
struct Part {
    key: usize,
    text: usize,
    separator: usize,
}

impl Texts {
    pub fn clear(&mut self) {
        self.texts.clear();
        self.keys.clear();
        self.parts.clear();
    }

    pub fn push(
        &mut self,
        order: &[SortKey],
        text: &str,
        separator: &str,
        row: &[Value],
        env: &mut Env<'_, '_>,
    ) -> Result<()> {
        append_sort_bytes(order, row, &mut self.keys, env)?;
        self.texts.push_str(text);
        let end = self.texts.len();
        self.texts.push_str(separator);
        self.parts.push(Part {
            key: self.keys.len(),
            text: end,
            separator: self.texts.len(),
        });
        Ok(())
    }

    fn key(&self, at: usize) -> &[u8] {
        let from = if at == 0 { 0 } else { self.parts[at - 1].key };
        &self.keys[from..self.parts[at].key]
    }

    pub fn joined(&self) -> String {
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        order.sort_by(|a, b| self.key(*a).cmp(self.key(*b)));
        let mut out = String::with_capacity(self.texts.len());
        for (position, at) in order.into_iter().enumerate() {
            let from = if at == 0 {
                0
            } else {
                self.parts[at - 1].separator
            };
            let part = &self.parts[at];
            if position > 0 {
                out.push_str(&self.texts[part.text..part.separator]);
            }
            out.push_str(&self.texts[from..part.text]);
        }
        out
    }
}
