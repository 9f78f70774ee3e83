//! How often the paths were reached that a play is about.

macro_rules! marks {
    ($($name:ident),*) => {
        /// How often the paths were reached that a play is about.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Marks { $(pub $name: u64),* }

        impl Marks {
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }

            /// Those that were never reached.
            pub fn missed(&self) -> Vec<&'static str> {
                let mut missed = Vec::new();
                $(if self.$name == 0 { missed.push(stringify!($name)); })*
                missed
            }
        }
    };
}

marks!(
    commits,
    takeovers,
    fenced_out,
    lease_lost,
    would_have_waited,
    rewinds,
    rewinds_refused,
    died_in_a_transaction,
    lost_after_the_commit,
    lost_before_the_commit,
    lost_during_the_commit,
    usurped,
    joined,
    arrived,
    expired,
    folded,
    hosts_done
);
