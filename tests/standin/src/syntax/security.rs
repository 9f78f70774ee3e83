//! Logins, users, roles, permissions, EXECUTE AS.

use super::ast::{Ident, OptionValue, StatementKind};
use super::cursor::Parser;
use super::database::named;
use super::lexer::Kind;
use crate::error::Result;

/// Classes of securables that are made of other features.
const OTHER_CLASSES: &[&str] = &[
    "APPLICATION",
    "ASSEMBLY",
    "ASYMMETRIC",
    "AVAILABILITY",
    "CERTIFICATE",
    "CONTRACT",
    "DATABASE",
    "ENDPOINT",
    "EXTERNAL",
    "FULLTEXT",
    "LOGIN",
    "MESSAGE",
    "REMOTE",
    "ROUTE",
    "SEARCH",
    "SERVER",
    "SERVICE",
    "SYMMETRIC",
    "XML",
];

impl Parser {
    pub(super) fn create_login(&mut self) -> Result<StatementKind> {
        self.expect("LOGIN")?;
        let name = self.ident()?;
        if self.is("FROM") {
            return Err(self.refuse("logins from Windows, certificates or external providers"));
        }
        self.expect_all(&["WITH", "PASSWORD", "="])?;
        if self.kind() == Kind::Binary {
            return Err(self.refuse("HASHED and MUST_CHANGE passwords"));
        }
        let password = self.text()?;
        let mut options = vec![named("PASSWORD", Some(OptionValue::Text(password)), self)];
        if self.is_any(&["HASHED", "MUST_CHANGE"]) {
            return Err(self.refuse("HASHED and MUST_CHANGE passwords"));
        }
        while self.accept(",") {
            if self.is_any(&["CREDENTIAL", "SID"]) {
                return Err(self.refuse(format!("CREATE LOGIN WITH {}", self.token().upper)));
            }
            let option = self.expect_any(&[
                "DEFAULT_DATABASE",
                "DEFAULT_LANGUAGE",
                "CHECK_POLICY",
                "CHECK_EXPIRATION",
            ])?;
            self.expect("=")?;
            let value = if option.starts_with("CHECK") {
                self.expect_any(&["ON", "OFF"])?
            } else {
                self.ident()?.text
            };
            options.push(named(&option, Some(OptionValue::Word(value)), self));
        }
        Ok(StatementKind::CreateLogin { name, options })
    }

    pub(super) fn create_user(&mut self) -> Result<StatementKind> {
        self.expect("USER")?;
        let name = self.ident()?;
        let mut login = None;
        let mut without_login = false;
        if self.is_any(&["FOR", "FROM"]) {
            self.skip(1);
            if !self.is("LOGIN") {
                return Err(self.refuse("users of certificates or external providers"));
            }
            self.skip(1);
            login = Some(self.ident()?);
        } else if self.accept_all(&["WITHOUT", "LOGIN"]) {
            without_login = true;
        }
        let mut options = Vec::new();
        if self.is("WITH") && self.ahead(1).kind == Kind::Word && self.is_ahead(2, "=") {
            self.skip(1);
            if !self.is("DEFAULT_SCHEMA") {
                return Err(self.refuse("CREATE USER options other than DEFAULT_SCHEMA"));
            }
            self.skip(2);
            if self.is("NULL") {
                return Err(self.refuse("DEFAULT_SCHEMA = NULL"));
            }
            let schema = self.ident()?.text;
            options.push(named(
                "DEFAULT_SCHEMA",
                Some(OptionValue::Word(schema)),
                self,
            ));
            if self.is(",") {
                return Err(self.refuse("CREATE USER options other than DEFAULT_SCHEMA"));
            }
        }
        Ok(StatementKind::CreateUser {
            name,
            login,
            without_login,
            options,
        })
    }

    pub(super) fn alter_role(&mut self) -> Result<StatementKind> {
        let server = self.accept("SERVER");
        self.expect("ROLE")?;
        let name = self.ident()?;
        let add = match self.token().upper.as_str() {
            "ADD" => true,
            "DROP" => false,
            "WITH" => return Err(self.refuse("renaming a role")),
            _ => return Err(self.unexpected()),
        };
        self.skip(1);
        self.expect("MEMBER")?;
        let member = self.ident()?;
        Ok(if server {
            StatementKind::AlterServerRole { name, member, add }
        } else {
            StatementKind::AlterRole { name, member, add }
        })
    }

    /// `GRANT SELECT, INSERT ON [class::]object TO user, ...`
    pub(super) fn permission(&mut self) -> Result<StatementKind> {
        let verb = self.advance().upper;
        if verb == "REVOKE" && self.is("GRANT") {
            return Err(self.refuse("REVOKE GRANT OPTION FOR"));
        }
        let permissions = self.list(Self::permission_words)?;
        let on = if self.accept("ON") {
            let far = self.is_ahead(2, "::") || self.is_ahead(3, "::");
            if self.is_any(OTHER_CLASSES) && (far || self.is_ahead(1, "::")) {
                return Err(self.refuse(format!("permissions on {}", self.token().upper)));
            }
            let class = if self.is_ahead(1, "::") {
                let class =
                    self.expect_any(&["OBJECT", "SCHEMA", "DATABASE", "TYPE", "USER", "ROLE"])?;
                self.skip(1);
                Some(class)
            } else {
                None
            };
            Some((class, self.object_name()?))
        } else {
            None
        };
        if on.is_some() && self.is("(") {
            return Err(self.refuse("column permissions"));
        }
        if verb == "REVOKE" && self.is("FROM") {
            self.skip(1);
        } else {
            self.expect("TO")?;
        }
        let principals = self.list(|p| {
            if p.is("PUBLIC") {
                let span = p.start();
                let text = p.advance().text;
                return Ok(Ident {
                    text,
                    quoted: false,
                    span,
                });
            }
            if p.is("NULL") {
                return Err(p.refuse("NULL as a principal"));
            }
            p.ident()
        })?;
        if self.is("AS") || self.is("CASCADE") || self.are(&["WITH", "GRANT"]) {
            return Err(self.refuse("WITH GRANT OPTION, CASCADE and AS in permissions"));
        }
        Ok(StatementKind::Permission {
            verb,
            permissions,
            on,
            principals,
        })
    }

    /// One permission: words up to a comma, ON or TO.
    fn permission_words(&mut self) -> Result<String> {
        const KNOWN: &[&str] = &[
            "VIEW DATABASE PERFORMANCE STATE",
            "VIEW SERVER PERFORMANCE STATE",
            "VIEW DATABASE STATE",
            "VIEW SERVER STATE",
            "VIEW CHANGE TRACKING",
            "VIEW DEFINITION",
            "CREATE ANY DATABASE",
            "ALTER ANY SCHEMA",
            "ALTER ANY ROLE",
            "ALTER ANY USER",
            "CREATE PROCEDURE",
            "CREATE FUNCTION",
            "CREATE SCHEMA",
            "CREATE TABLE",
            "CREATE VIEW",
            "CREATE TYPE",
            "BACKUP DATABASE",
            "BACKUP LOG",
            "TAKE OWNERSHIP",
            "ADMINISTER BULK OPERATIONS",
            "SHOWPLAN",
            "REFERENCES",
            "CONNECT",
            "CONTROL",
            "EXECUTE",
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
            "ALTER",
        ];
        for known in KNOWN {
            let words: Vec<&str> = known.split(' ').collect();
            if self.accept_all(&words) {
                let more = matches!(self.kind(), Kind::Word | Kind::Reserved);
                if more && !self.is_any(&["ON", "TO", "FROM"]) {
                    return Err(self.refuse(format!("permission {known} {}", self.token().text)));
                }
                if self.is("(") {
                    return Err(self.refuse("column permissions"));
                }
                return Ok((*known).to_owned());
            }
        }
        if self.is("EXEC") {
            self.skip(1);
            let more = matches!(self.kind(), Kind::Word | Kind::Reserved);
            if more && !self.is_any(&["ON", "TO", "FROM"]) {
                return Err(self.refuse(format!("permission EXECUTE {}", self.token().text)));
            }
            return Ok("EXECUTE".to_owned());
        }
        let word = matches!(self.kind(), Kind::Word | Kind::Reserved);
        if word && !self.is_any(&["ON", "TO", "FROM"]) {
            return Err(self.refuse(format!("permission or role {}", self.token().text)));
        }
        Err(self.unexpected())
    }

    pub fn execute_as(&mut self) -> Result<StatementKind> {
        self.skip(2);
        if self.accept("CALLER") {
            return Ok(StatementKind::ExecuteAs {
                user: None,
                caller: true,
            });
        }
        if self.is("LOGIN") {
            return Err(self.refuse("EXECUTE AS LOGIN"));
        }
        self.expect("USER")?;
        self.expect("=")?;
        let user = if self.is_text() {
            Some(self.constant()?)
        } else if self.kind() == Kind::Variable
            || self.is_number()
            || self.is_name()
            || self.is("NULL")
        {
            return Err(self.refuse("EXECUTE AS with anything but a literal"));
        } else {
            return Err(self.unexpected());
        };
        if self.is("WITH") && (self.is_ahead(1, "NO") || self.is_ahead(1, "COOKIE")) {
            return Err(self.refuse("EXECUTE AS ... WITH"));
        }
        Ok(StatementKind::ExecuteAs {
            user,
            caller: false,
        })
    }
}
