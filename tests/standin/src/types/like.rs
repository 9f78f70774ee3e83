//! LIKE and PATINDEX: `%`, `_`, `[a-z]`, `[^x]`, ESCAPE.

use std::cmp::Ordering;

use super::collation;
use crate::error::{Result, SqlError};

#[derive(Debug, Clone, PartialEq)]
enum Item {
    /// `%`
    Any,
    /// `_`
    One,
    Exact(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// An unclosed class matches nothing.
    Nothing,
}

/// A compiled pattern; compile a constant one once.
#[derive(Debug, Clone)]
pub struct LikePattern {
    items: Vec<Item>,
    binary: bool,
    unicode: bool,
}

impl LikePattern {
    /// 506: the escape is not one character.
    pub fn new(pattern: &str, escape: Option<&str>, unicode: bool, binary: bool) -> Result<Self> {
        let escape = match escape {
            None => None,
            Some(e) => {
                let mut chars = e.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => Some(c),
                    _ => {
                        return Err(SqlError::new(
                            506,
                            format!(
                                "The invalid escape character \"{e}\" was specified in a LIKE predicate."
                            ),
                        ));
                    }
                }
            }
        };
        let chars: Vec<char> = pattern.chars().collect();
        let mut items = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let c = chars[at];
            at += 1;
            if Some(c) == escape {
                match chars.get(at) {
                    Some(next) => {
                        items.push(Item::Exact(*next));
                        at += 1;
                    }
                    None => items.push(Item::Nothing),
                }
                continue;
            }
            match c {
                '%' => {
                    if items.last() != Some(&Item::Any) {
                        items.push(Item::Any);
                    }
                }
                '_' => items.push(Item::One),
                '[' => items.push(class(&chars, &mut at, escape)),
                other => items.push(Item::Exact(other)),
            }
        }
        Ok(Self {
            items,
            binary,
            unicode,
        })
    }

    /// Does the whole text match? Trailing blanks of a varchar text beyond the pattern do not count.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        if self.run(&chars) {
            return true;
        }
        // ASCII LIKE ignores trailing blanks of the text where Unicode LIKE keeps them.
        if self.unicode || chars.last() != Some(&' ') {
            return false;
        }
        let kept = chars.iter().rposition(|c| *c != ' ').map_or(0, |i| i + 1);
        (kept..chars.len()).any(|end| self.run(&chars[..end]))
    }

    /// 1-based position of the first match for PATINDEX, 0 without one.
    pub fn position(&self, text: &str) -> usize {
        let chars: Vec<char> = text.chars().collect();
        let leading = self.items.first() == Some(&Item::Any);
        if !leading {
            return usize::from(self.run(&chars));
        }
        let rest = Self {
            items: self.items[1..].to_vec(),
            binary: self.binary,
            unicode: self.unicode,
        };
        (0..=chars.len())
            .find(|start| rest.run(&chars[*start..]))
            .map_or(0, |start| {
                chars[..start].iter().map(|c| c.len_utf16()).sum::<usize>() + 1
            })
    }

    /// Greedy with one remembered `%`: linear in practice.
    fn run(&self, text: &[char]) -> bool {
        let (mut i, mut t) = (0, 0);
        let mut resume: Option<(usize, usize)> = None;
        while t < text.len() {
            match self.items.get(i) {
                Some(Item::Any) => {
                    resume = Some((i + 1, t));
                    i += 1;
                    continue;
                }
                Some(item) if self.accepts(item, text[t]) => {
                    i += 1;
                    t += 1;
                    continue;
                }
                _ => {}
            }
            match &mut resume {
                Some((item, from)) => {
                    *from += 1;
                    i = *item;
                    t = *from;
                }
                None => return false,
            }
        }
        self.items[i..].iter().all(|item| *item == Item::Any)
    }

    fn accepts(&self, item: &Item, c: char) -> bool {
        match item {
            Item::One => true,
            Item::Exact(p) => self.same(*p, c),
            Item::Class { negated, ranges } => {
                let hit = ranges.iter().any(|(low, high)| self.within(*low, *high, c));
                hit != *negated
            }
            Item::Any | Item::Nothing => false,
        }
    }

    fn same(&self, a: char, b: char) -> bool {
        if self.binary {
            a == b
        } else {
            collation::same_char(a, b)
        }
    }

    fn within(&self, low: char, high: char, c: char) -> bool {
        if low == high {
            return self.same(low, c);
        }
        if self.binary {
            return (low..=high).contains(&c);
        }
        let (mut l, mut h, mut x) = ([0; 4], [0; 4], [0; 4]);
        let (l, h, x) = (
            &*low.encode_utf8(&mut l),
            &*high.encode_utf8(&mut h),
            &*c.encode_utf8(&mut x),
        );
        collation::compare(l, x, self.unicode) != Ordering::Greater
            && collation::compare(x, h, self.unicode) != Ordering::Greater
    }
}

fn class(chars: &[char], at: &mut usize, escape: Option<char>) -> Item {
    let negated = chars.get(*at) == Some(&'^');
    if negated {
        *at += 1;
    }
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let Some(&c) = chars.get(*at) else {
            return Item::Nothing;
        };
        *at += 1;
        if c == ']' {
            return Item::Class { negated, ranges };
        }
        let low = if Some(c) == escape {
            let Some(&next) = chars.get(*at) else {
                return Item::Nothing;
            };
            *at += 1;
            next
        } else {
            c
        };
        if chars.get(*at) == Some(&'-') && chars.get(*at + 1).is_some_and(|n| *n != ']') {
            let high = chars[*at + 1];
            *at += 2;
            ranges.push((low, high));
        } else {
            ranges.push((low, low));
        }
    }
}
