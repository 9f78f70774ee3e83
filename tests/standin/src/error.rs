//! A server message: an error (class 11 and above) or an informational one (class 10 and below).

/// What SQL Server sends in an ERROR or INFO token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    pub number: i32,
    /// Severity; 16 for nearly every user error.
    pub class: u8,
    pub state: u8,
    pub message: String,
    /// Line in the batch or module, 1-based; 0 until the executor fills it in.
    pub line: i32,
    /// Name of the procedure that raised it, empty in a batch.
    pub procedure: String,
    /// Messages that SQL Server sends after this one (1750 after 1919, 4922 after 5074, 3621 after 547 ...).
    pub follow_ups: Vec<SqlError>,
    pub kind: ErrorKind,
    /// A statement has answered for it: it is on its way to a TRY.
    pub settled: bool,
}

/// When the error was found, which decides what TRY/CATCH and the rest of the batch see of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorKind {
    /// Raised while a statement ran: ends the statement (or the batch under XACT_ABORT), catchable.
    #[default]
    Runtime,
    /// Found while a batch or module was parsed or bound: nothing of that scope runs, its own TRY cannot catch it.
    Compile,
    /// Ends the batch and rolls the transaction back even with XACT_ABORT OFF, but a TRY can catch it (1205, 245 ...).
    BatchAborting,
    /// Left a natively compiled module: ends the batch but not its transaction; a TRY can catch it.
    ScopeAborting,
    /// Attention: ends the batch, nothing catches it.
    Cancelled,
}

pub type Result<T> = std::result::Result<T, SqlError>;

impl SqlError {
    /// A run-time error with severity 16, state 1.
    pub fn new(number: i32, message: impl Into<String>) -> Self {
        Self {
            number,
            class: 16,
            state: 1,
            message: message.into(),
            line: 0,
            procedure: String::new(),
            follow_ups: Vec::new(),
            kind: ErrorKind::Runtime,
            settled: false,
        }
    }

    #[must_use]
    pub fn class(mut self, class: u8) -> Self {
        self.class = class;
        self
    }

    #[must_use]
    pub fn state(mut self, state: u8) -> Self {
        self.state = state;
        self
    }

    #[must_use]
    pub fn line(mut self, line: i32) -> Self {
        self.line = line;
        self
    }

    #[must_use]
    pub fn kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same error as one found before anything ran.
    #[must_use]
    pub fn compile(self) -> Self {
        self.kind(ErrorKind::Compile)
    }

    #[must_use]
    pub fn followed_by(mut self, other: SqlError) -> Self {
        self.follow_ups.push(other);
        self
    }

    /// 102, class 15: the parser met something that the grammar does not have there.
    pub fn syntax(near: &str, line: i32) -> Self {
        Self::new(102, format!("Incorrect syntax near '{near}'."))
            .class(15)
            .line(line)
            .compile()
    }

    /// What the stand-in does not execute although SQL Server would: always refused by name, number 50000, class 16,
    /// text beginning "hartonomous-standin does not implement".
    pub fn not_implemented(what: impl std::fmt::Display) -> Self {
        Self::new(
            50000,
            format!("hartonomous-standin does not implement {what}."),
        )
        .compile()
    }
}

impl std::fmt::Display for SqlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Msg {}, Level {}, State {}, Line {}: {}",
            self.number, self.class, self.state, self.line, self.message
        )
    }
}

impl std::error::Error for SqlError {}
