//! Lock modes, which of them go together, and what two of them held by one owner amount to.

/// The modes of SQL Server's lock manager. `Siu`, `Six` and `Uix` are combinations of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    SchS,
    SchM,
    Is,
    Iu,
    Ix,
    S,
    U,
    X,
    Siu,
    Six,
    Uix,
    Bu,
    /// Shared range below the key, shared key.
    RangeSS,
    /// Shared range, update key.
    RangeSU,
    /// Insert into the range below the key; tests the gap only.
    RangeIN,
    /// Exclusive range, exclusive key.
    RangeXX,
}

const SCH_S: u16 = 1;
const SCH_M: u16 = 1 << 1;
const IS: u16 = 1 << 2;
const IU: u16 = 1 << 3;
const IX: u16 = 1 << 4;
const S: u16 = 1 << 5;
const U: u16 = 1 << 6;
const X: u16 = 1 << 7;
const BU: u16 = 1 << 8;
const RANGE_S: u16 = 1 << 9;
const RANGE_I: u16 = 1 << 10;
const RANGE_X: u16 = 1 << 11;
const ALL: u16 = (1 << 12) - 1;

/// For each elementary mode, the elementary modes of others that it does not stand.
const CONFLICTS: [(u16, u16); 12] = [
    (SCH_S, SCH_M),
    (SCH_M, ALL),
    (IS, SCH_M | X | BU),
    (IU, SCH_M | U | X | BU),
    (IX, SCH_M | S | U | X | BU),
    (S, SCH_M | IX | X | BU),
    (U, SCH_M | IU | IX | U | X | BU),
    (X, SCH_M | IS | IU | IX | S | U | X | BU),
    (BU, ALL & !(SCH_S | BU)),
    (RANGE_S, RANGE_I | RANGE_X),
    (RANGE_I, RANGE_S | RANGE_X),
    (RANGE_X, RANGE_S | RANGE_I | RANGE_X),
];

/// What one owner holds on one resource: a set of elementary modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModeSet(u16);

impl ModeSet {
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn with(self, other: ModeSet) -> Self {
        Self(self.0 | other.0)
    }

    /// Does holding this make a request for `other` superfluous?
    pub fn covers(self, other: ModeSet) -> bool {
        if self.0 & SCH_M != 0 {
            return true;
        }
        let mut have = self.0;
        if have & X != 0 {
            have |= IS | IU | IX | S | U | SCH_S;
        }
        if have & U != 0 {
            have |= IS | IU | S;
        }
        if have & S != 0 {
            have |= IS;
        }
        if have & IX != 0 {
            have |= IS | IU;
        }
        if have & IU != 0 {
            have |= IS;
        }
        if have & (IS | IU | IX | S | U | X) != 0 {
            have |= SCH_S;
        }
        if have & RANGE_X != 0 {
            have |= RANGE_S | RANGE_I;
        }
        other.0 & !have == 0
    }

    /// Can both be held at once by different sessions?
    pub fn compatible(self, other: ModeSet) -> bool {
        CONFLICTS
            .iter()
            .all(|(mode, against)| self.0 & mode == 0 || other.0 & against == 0)
    }

    /// A table lock in this mode makes row locks for reading (`false`) or writing (`true`) superfluous.
    pub fn covers_rows(self, write: bool) -> bool {
        self.0 & (X | SCH_M) != 0 || (!write && self.0 & (S | U) != 0)
    }

    pub fn has_intent_exclusive(self) -> bool {
        self.0 & IX != 0
    }

    /// The single mode that sys.dm_tran_locks shows for the set.
    pub fn mode(self) -> Mode {
        let m = self.0;
        let has = |bits: u16| m & bits != 0;
        match () {
            () if has(SCH_M) => Mode::SchM,
            () if has(RANGE_X) || (has(RANGE_S) && has(X)) => Mode::RangeXX,
            () if has(RANGE_S) && has(U) => Mode::RangeSU,
            () if has(RANGE_S) => Mode::RangeSS,
            () if has(RANGE_I) => Mode::RangeIN,
            () if has(X) => Mode::X,
            () if has(U) && has(IX) => Mode::Uix,
            () if has(S) && has(IX) => Mode::Six,
            () if has(U) => Mode::U,
            () if has(S) && has(IU) => Mode::Siu,
            () if has(S) => Mode::S,
            () if has(IX) => Mode::Ix,
            () if has(IU) => Mode::Iu,
            () if has(BU) => Mode::Bu,
            () if has(IS) => Mode::Is,
            () => Mode::SchS,
        }
    }
}

impl Mode {
    pub fn set(self) -> ModeSet {
        ModeSet(match self {
            Mode::SchS => SCH_S,
            Mode::SchM => SCH_M,
            Mode::Is => IS,
            Mode::Iu => IU,
            Mode::Ix => IX,
            Mode::S => S,
            Mode::U => U,
            Mode::X => X,
            Mode::Siu => S | IU,
            Mode::Six => S | IX,
            Mode::Uix => U | IX,
            Mode::Bu => BU,
            Mode::RangeSS => RANGE_S | S,
            Mode::RangeSU => RANGE_S | U,
            Mode::RangeIN => RANGE_I,
            Mode::RangeXX => RANGE_X | X,
        })
    }

    /// request_mode of sys.dm_tran_locks.
    pub fn name(self) -> &'static str {
        match self {
            Mode::SchS => "Sch-S",
            Mode::SchM => "Sch-M",
            Mode::Is => "IS",
            Mode::Iu => "IU",
            Mode::Ix => "IX",
            Mode::S => "S",
            Mode::U => "U",
            Mode::X => "X",
            Mode::Siu => "SIU",
            Mode::Six => "SIX",
            Mode::Uix => "UIX",
            Mode::Bu => "BU",
            Mode::RangeSS => "RangeS-S",
            Mode::RangeSU => "RangeS-U",
            Mode::RangeIN => "RangeI-N",
            Mode::RangeXX => "RangeX-X",
        }
    }

    /// Only locks for reading can be traded for a table lock in S.
    pub fn is_shared(self) -> bool {
        matches!(self, Mode::S | Mode::RangeSS | Mode::Is | Mode::SchS)
    }

    pub fn compatible(self, other: Mode) -> bool {
        self.set().compatible(other.set())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_is_sql_servers() {
        use Mode::{Bu, Is, Ix, RangeIN, RangeSS, RangeSU, RangeXX, S, SchM, SchS, Six, U, X};
        let table: &[(Mode, &[Mode])] = &[
            (Is, &[Is, Ix, Six, S, U, SchS]),
            (Ix, &[Is, Ix, SchS]),
            (Six, &[Is, SchS]),
            (S, &[Is, S, U, SchS, RangeSS, RangeSU, RangeIN]),
            (U, &[Is, S, SchS, RangeSS, RangeIN]),
            (X, &[SchS, RangeIN]),
            (RangeSS, &[S, U, RangeSS, RangeSU]),
            (RangeSU, &[S, RangeSS]),
            (RangeIN, &[S, U, X, RangeIN]),
            (Bu, &[Bu, SchS]),
            (SchM, &[]),
        ];
        let keys = [S, U, X, RangeSS, RangeSU, RangeIN, RangeXX];
        let tables = [SchS, SchM, Is, Ix, Six, S, U, X, Bu];
        for (mode, friends) in table {
            let others: Vec<Mode> = match mode {
                RangeSS | RangeSU | RangeIN | RangeXX => keys.to_vec(),
                S | U | X => keys.iter().chain(&tables).copied().collect(),
                _ => tables.to_vec(),
            };
            for other in others {
                let want = friends.contains(&other);
                assert_eq!(mode.compatible(other), want, "{mode:?} against {other:?}");
                assert_eq!(other.compatible(*mode), want, "{other:?} against {mode:?}");
            }
        }
    }

    #[test]
    fn conversions_show_the_combined_mode() {
        assert_eq!(Mode::Ix.set().with(Mode::S.set()).mode(), Mode::Six);
        assert_eq!(Mode::Is.set().with(Mode::Ix.set()).mode(), Mode::Ix);
        assert_eq!(
            Mode::RangeSU.set().with(Mode::X.set()).mode(),
            Mode::RangeXX
        );
    }
}
