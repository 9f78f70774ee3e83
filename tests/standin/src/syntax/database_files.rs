//! Files and filegroups of ALTER DATABASE.

use super::ast::{AlterDatabaseAction, Ident, NamedOption, OptionValue};
use super::cursor::Parser;
use super::database::named;
use super::lexer::Kind;
use crate::error::Result;

impl Parser {
    pub(super) fn add_file_or_filegroup(&mut self) -> Result<AlterDatabaseAction> {
        self.expect("ADD")?;
        if self.accept("FILEGROUP") {
            let name = self.ident()?;
            let memory_optimized = self.accept_all(&["CONTAINS", "MEMORY_OPTIMIZED_DATA"]);
            if self.are(&["CONTAINS", "FILESTREAM"]) {
                return Err(self.refuse("FILESTREAM"));
            }
            return Ok(AlterDatabaseAction::AddFilegroup {
                name,
                memory_optimized,
            });
        }
        let log = self.accept("LOG");
        self.expect("FILE")?;
        let options = self.file_specification()?;
        if self.is(",") {
            return Err(self.refuse("several files in one ALTER DATABASE"));
        }
        let filegroup = if !log && self.accept_all(&["TO", "FILEGROUP"]) {
            Some(self.ident()?)
        } else {
            None
        };
        Ok(AlterDatabaseAction::AddFile {
            options,
            filegroup,
            log,
        })
    }

    /// MODIFY FILEGROUP name and a property.
    pub(super) fn modify_filegroup(&mut self) -> Result<AlterDatabaseAction> {
        self.expect_all(&["MODIFY", "FILEGROUP"])?;
        let name = self.ident()?;
        if self.is("NAME") {
            return Err(self.refuse("renaming a filegroup"));
        }
        let property = self.expect_any(&[
            "DEFAULT",
            "READ_ONLY",
            "READONLY",
            "READ_WRITE",
            "READWRITE",
            "AUTOGROW_ALL_FILES",
            "AUTOGROW_SINGLE_FILE",
        ])?;
        if self.are(&["WITH", "NO_WAIT"]) || self.are(&["WITH", "ROLLBACK"]) {
            return Err(self.refuse("MODIFY FILEGROUP ... WITH a termination"));
        }
        Ok(AlterDatabaseAction::ModifyFilegroup { name, property })
    }

    /// A file's logical name, which may be written as a string.
    fn file_name(&mut self) -> Result<Ident> {
        let span = self.start();
        if !self.is_text() {
            return self.ident();
        }
        Ok(Ident {
            text: self.text()?,
            quoted: true,
            span,
        })
    }

    /// `(NAME = n, FILENAME = '...', SIZE = 8MB, ...)`: NAME first, then FILENAME, as the server wants them.
    fn file_specification(&mut self) -> Result<Vec<NamedOption>> {
        self.expect_all(&["(", "NAME", "="])?;
        let name = self.file_name()?.text;
        let mut options = vec![named("NAME", Some(OptionValue::Text(name)), self)];
        if self.accept_all(&[",", "FILENAME", "="]) {
            let path = self.text()?;
            options.push(named("FILENAME", Some(OptionValue::Text(path)), self));
        }
        for option in ["SIZE", "MAXSIZE", "FILEGROWTH"] {
            if self.accept_all(&[",", option, "="]) {
                let value = self.file_size(option)?;
                options.push(named(option, Some(value), self));
            }
        }
        if self.is(",") {
            return Err(self.refuse("NEWNAME, OFFLINE and options of a file in another order"));
        }
        self.expect(")")?;
        Ok(options)
    }

    /// A number with its unit, or UNLIMITED.
    fn file_size(&mut self, option: &str) -> Result<OptionValue> {
        if option == "MAXSIZE" && self.accept("UNLIMITED") {
            return Ok(OptionValue::Word("UNLIMITED".to_owned()));
        }
        if self.kind() != Kind::Integer {
            return Err(self.unexpected());
        }
        let number = self.integer()?;
        if option == "FILEGROWTH" && self.accept("%") {
            return Ok(OptionValue::Number(format!("{number}%")));
        }
        let unit = if self.is_any(&["KB", "MB", "GB", "TB"]) {
            self.advance().upper
        } else {
            String::new()
        };
        Ok(OptionValue::Number(format!("{number}{unit}")))
    }
}
