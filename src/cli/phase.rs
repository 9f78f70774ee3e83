//! A phase as it is named on the command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// Phases of the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Phase {
    /// Schema upgrade of AtomRelations
    Phase1,
    /// Decomposition of the vectors
    Phase2,
    /// Removal of the vectors' column
    Phase3,
    /// Memory-optimised copy of the metadata
    Phase4,
}

impl Phase {
    /// Its name on the command line and in schema hartonomous.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phase1 => crate::phase1::PHASE,
            Self::Phase2 => crate::phase2::PHASE,
            Self::Phase3 => crate::phase3::PHASE,
            Self::Phase4 => crate::phase4::PHASE,
        }
    }
}

/// What `migrate` and `plan` are told: one phase, or as many as the gates allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    One(Phase),
    All,
}

const GOALS: &[Goal] = &[
    Goal::One(Phase::Phase1),
    Goal::One(Phase::Phase2),
    Goal::One(Phase::Phase3),
    Goal::One(Phase::Phase4),
    Goal::All,
];

impl ValueEnum for Goal {
    fn value_variants<'a>() -> &'a [Self] {
        GOALS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::One(phase) => phase.to_possible_value(),
            Self::All => Some(
                PossibleValue::new("all").help("One after the other, as far as the gates allow"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_can_be_a_goal_and_is_named_as_on_the_command_line() {
        let ones: Vec<Goal> = Phase::value_variants()
            .iter()
            .map(|phase| Goal::One(*phase))
            .collect();
        assert_eq!(GOALS[..GOALS.len() - 1], ones);
        for phase in Phase::value_variants() {
            let value = phase.to_possible_value().unwrap();
            assert_eq!(value.get_name(), phase.name());
        }
    }
}
