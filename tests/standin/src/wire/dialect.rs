//! The TDS version that a client asked for, and what it may be sent.

/// Levels at which the format of what the server sends changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// SQL Server 2000: no (max) types, no transaction descriptors, 16-bit user types.
    V71,
    /// SQL Server 2005.
    V72,
    /// SQL Server 2008: date, time, datetime2, datetimeoffset, large UDTs.
    V73A,
    /// SQL Server 2008 R2: NBCROW.
    V73B,
    /// SQL Server 2012 and later, and TDS 8.0.
    V74,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    level: Level,
    /// As in LOGINACK, where it is big-endian.
    pub version: u32,
}

impl Dialect {
    /// The dialect for LOGIN7's TDSVersion, lowered to what the server speaks; `None` for SQL Server 7.0 and older.
    pub fn for_client(requested: u32, strict: bool) -> Option<Self> {
        let (level, version) = match requested {
            0x0800_0000 if strict => (Level::V74, 0x0800_0000),
            0x7400_0000.. | 0x0800_0000 => (Level::V74, 0x7400_0004),
            0x730B_0000..=0x73FF_FFFF => (Level::V73B, 0x730B_0003),
            0x7300_0000..=0x730A_FFFF => (Level::V73A, 0x730A_0003),
            0x7200_0000..=0x72FF_FFFF => (Level::V72, 0x7209_0002),
            0x7100_0000..=0x71FF_FFFF => (Level::V71, 0x7100_0001),
            _ => return None,
        };
        Some(Self { level, version })
    }

    /// ALL_HEADERS, (max) types, xml, 32-bit user types and lines, 64-bit row counts, TDS 7.2's RPC separator.
    pub fn since_2005(self) -> bool {
        self.level >= Level::V72
    }

    /// date, time, datetime2, datetimeoffset.
    pub fn has_date_types(self) -> bool {
        self.level >= Level::V73A
    }

    /// The extension of LOGIN7.
    pub fn has_extensions(self) -> bool {
        self.level >= Level::V74
    }

    pub fn has_null_bitmaps(self) -> bool {
        self.level >= Level::V73B
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn clients_get_the_version_they_ask_for_and_never_a_newer_one() {
        let version = |asked| Dialect::for_client(asked, false).map(|d| d.version);
        assert_eq!(version(0x7400_0004), Some(0x7400_0004));
        assert_eq!(version(0x730B_0003), Some(0x730B_0003));
        assert_eq!(version(0x7209_0002), Some(0x7209_0002));
        assert_eq!(version(0x7100_0000), Some(0x7100_0001));
        assert_eq!(version(0x7000_0000), None);
    }
}
