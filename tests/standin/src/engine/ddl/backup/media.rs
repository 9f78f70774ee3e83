//! The file that a backup writes: a line for the media set, and for each backup set some lines of what it holds and their
//! digest. The rows themselves stay with the server process, shared with the tables for as long as those have them; the
//! number of the set leads from the file to them.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::error::{Result, SqlError};

const MAGIC: &str = "hartonomous-standin media 2 ";
const SET: &str = "set ";
const DIGEST: &str = "sha256 ";

/// One backup set as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    pub uuid: [u8; 16],
    /// The digest agrees with the lines before it.
    pub whole: bool,
}

/// A file that can be read as media of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    pub uuid: [u8; 16],
    pub sets: Vec<Set>,
    text: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn id_of(text: &str) -> Option<[u8; 16]> {
    let mut id = [0_u8; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(id)
}

/// 3201.
pub fn cannot_open(device: &str, cause: &std::io::Error) -> SqlError {
    let code = cause.raw_os_error().unwrap_or(0);
    let words = match cause.kind() {
        std::io::ErrorKind::NotFound => "The system cannot find the file specified.".to_owned(),
        std::io::ErrorKind::PermissionDenied => "Access is denied.".to_owned(),
        _ => cause.to_string(),
    };
    SqlError::new(
        3201,
        format!("Cannot open backup device '{device}'. Operating system error {code}({words})."),
    )
    .state(2)
}

impl Media {
    /// Media without a set.
    pub fn new(uuid: [u8; 16]) -> Self {
        Self {
            uuid,
            sets: Vec::new(),
            text: format!("{MAGIC}{}\n", hex(&uuid)),
        }
    }

    /// 3201: it cannot be opened; 3241: it is not media.
    pub fn read(device: &str) -> Result<Self> {
        let bytes = std::fs::read(device).map_err(|cause| cannot_open(device, &cause))?;
        String::from_utf8(bytes)
            .ok()
            .and_then(Self::parse)
            .ok_or_else(|| {
                SqlError::new(
                    3241,
                    format!("The media family on device '{device}' is incorrectly formed. SQL Server cannot process this media family."),
                )
                .state(0)
            })
    }

    fn parse(text: String) -> Option<Self> {
        let mut lines = text.split_inclusive('\n');
        let uuid = id_of(lines.next()?.strip_prefix(MAGIC)?.trim_end())?;
        let mut sets: Vec<Set> = Vec::new();
        // The lines of the set that has no digest yet.
        let mut body: Option<String> = None;
        for line in lines {
            if let Some(digest) = line.strip_prefix(DIGEST) {
                if let (Some(set), Some(body)) = (sets.last_mut(), body.take()) {
                    let found = hex(&Sha256::digest(body.as_bytes()));
                    set.whole = digest.strip_suffix('\n') == Some(found.as_str());
                }
            } else if let Some(id) = line.strip_prefix(SET) {
                sets.push(Set {
                    uuid: id_of(id.trim_end()).unwrap_or_default(),
                    whole: false,
                });
                body = Some(line.to_owned());
            } else if let Some(body) = &mut body {
                body.push_str(line);
            }
        }
        Some(Self { uuid, sets, text })
    }

    /// Appends a set; `content`: lines that say what is in it.
    pub fn append(&mut self, uuid: [u8; 16], content: &str) {
        let body = format!("{SET}{}\n{content}", hex(&uuid));
        let digest = hex(&Sha256::digest(body.as_bytes()));
        self.text.push_str(&body);
        let _ = writeln!(self.text, "{DIGEST}{digest}");
        self.sets.push(Set { uuid, whole: true });
    }

    /// 3201.
    pub fn write(&self, device: &str) -> Result<()> {
        std::fs::write(device, &self.text).map_err(|cause| cannot_open(device, &cause).state(1))
    }

    /// The set at a position, from 1; 4038: there is none.
    pub fn set(&self, position: i32, device: &str) -> Result<&Set> {
        usize::try_from(position - 1)
            .ok()
            .and_then(|at| self.sets.get(at))
            .ok_or_else(|| {
                SqlError::new(
                    4038,
                    format!("Cannot find file ID {position} on device '{device}'."),
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_set_is_under_its_digest() {
        let mut media = Media::new([7; 16]);
        media.append([1; 16], "table a rows 3\n");
        media.append([2; 16], "table b rows 4\n");
        let read = |text: String| Media::parse(text).map(|m| m.sets);
        assert_eq!(read(media.text.clone()), Some(media.sets.clone()));
        let second = media.text.rfind(SET).unwrap();
        for at in second..media.text.len() {
            let mut bytes = media.text.clone().into_bytes();
            bytes[at] ^= 1;
            let sets = read(String::from_utf8(bytes).unwrap()).unwrap();
            assert!(sets[0].whole);
            assert!(sets.get(1).is_none_or(|set| !set.whole), "byte {at}");
        }
    }
}
