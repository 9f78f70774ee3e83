//! ALTER and DROP of logins, users and roles; ALTER SCHEMA ... TRANSFER.

use super::ast::{OptionValue, PrincipalWord, StatementKind};
use super::cursor::Parser;
use super::database::named;
use super::lexer::Kind;
use crate::error::Result;

impl Parser {
    /// `DROP LOGIN name`, `DROP USER [IF EXISTS] name`, `DROP ROLE [IF EXISTS] name`
    pub(super) fn drop_principal(&mut self) -> Result<StatementKind> {
        let what = match self.token().upper.as_str() {
            "LOGIN" => PrincipalWord::Login,
            "USER" => PrincipalWord::User,
            _ => PrincipalWord::Role,
        };
        self.skip(1);
        let if_exists = what != PrincipalWord::Login && self.if_exists();
        let name = self.ident()?;
        Ok(StatementKind::DropPrincipal {
            what,
            if_exists,
            name,
        })
    }

    /// `ALTER LOGIN name ENABLE | DISABLE | WITH option = value, ...`
    pub(super) fn alter_login(&mut self) -> Result<StatementKind> {
        self.expect("LOGIN")?;
        let name = self.ident()?;
        if self.is_any(&["ENABLE", "DISABLE"]) {
            let word = self.expect_any(&["ENABLE", "DISABLE"])?;
            let options = vec![named(&word, None, self)];
            return Ok(StatementKind::AlterLogin { name, options });
        }
        if self.is_any(&["ADD", "DROP"]) && self.is_ahead(1, "CREDENTIAL") {
            return Err(self.refuse("credentials of a login"));
        }
        self.expect("WITH")?;
        let options = self.list(|p| {
            if p.is_any(&["NO", "CREDENTIAL"]) {
                return Err(p.refuse("credentials of a login"));
            }
            let option = p.expect_any(&[
                "PASSWORD",
                "DEFAULT_DATABASE",
                "DEFAULT_LANGUAGE",
                "CHECK_POLICY",
                "CHECK_EXPIRATION",
                "NAME",
            ])?;
            p.expect("=")?;
            if option == "PASSWORD" {
                if p.kind() == Kind::Binary {
                    return Err(p.refuse("HASHED passwords"));
                }
                let text = p.text()?;
                if p.is_any(&["HASHED", "MUST_CHANGE", "UNLOCK", "OLD_PASSWORD"]) {
                    return Err(p.refuse("options of a changed password"));
                }
                return Ok(named(&option, Some(OptionValue::Text(text)), p));
            }
            let value = if option.starts_with("CHECK") {
                p.expect_any(&["ON", "OFF"])?
            } else {
                p.ident()?.text
            };
            Ok(named(&option, Some(OptionValue::Word(value)), p))
        })?;
        Ok(StatementKind::AlterLogin { name, options })
    }

    /// `ALTER USER name WITH NAME = n, DEFAULT_SCHEMA = s, LOGIN = l`
    pub(super) fn alter_user(&mut self) -> Result<StatementKind> {
        self.expect("USER")?;
        let name = self.ident()?;
        self.expect("WITH")?;
        let options = self.list(|p| {
            if p.is("PASSWORD") {
                return Err(p.refuse("users with a password"));
            }
            if p.is_any(&["ALLOW_ENCRYPTED_VALUE_MODIFICATIONS", "DEFAULT_LANGUAGE"]) {
                return Err(p.refuse(format!("ALTER USER WITH {}", p.token().upper)));
            }
            let option = p.expect_any(&["NAME", "DEFAULT_SCHEMA", "LOGIN"])?;
            p.expect("=")?;
            if p.is("NULL") && option == "DEFAULT_SCHEMA" {
                return Err(p.refuse("DEFAULT_SCHEMA = NULL"));
            }
            let value = p.ident()?.text;
            Ok(named(&option, Some(OptionValue::Word(value)), p))
        })?;
        Ok(StatementKind::AlterUser { name, options })
    }

    /// `ALTER SCHEMA name TRANSFER [OBJECT::]object`
    pub(super) fn alter_schema(&mut self) -> Result<StatementKind> {
        self.expect("SCHEMA")?;
        let schema = self.ident()?;
        self.expect("TRANSFER")?;
        if self.are(&["XML", "SCHEMA", "COLLECTION", "::"]) {
            return Err(self.refuse("ALTER SCHEMA ... TRANSFER of types and XML schemas"));
        }
        if self.is_ahead(1, "::") {
            if !self.is("OBJECT") {
                return Err(self.refuse("ALTER SCHEMA ... TRANSFER of types and XML schemas"));
            }
            self.skip(2);
        }
        let object = self.object_name_of(2)?;
        Ok(StatementKind::AlterSchema { schema, object })
    }
}
