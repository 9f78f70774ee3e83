//! EXECUTE AS and REVERT: for a while a session is another user of its database.

use crate::catalog::model::{DatabaseId, ModuleDef};
use crate::error::{Result, SqlError};
use crate::syntax::ast::{NamedOption, OptionValue, StatementKind};

use super::ddl::permission;
use super::session::Session;

/// Whom a session stands for.
#[derive(Debug, Clone)]
pub struct Impersonated {
    pub user: i32,
    pub name: String,
    /// The user's login, if it has one.
    pub login: Option<String>,
    pub database: DatabaseId,
    /// What REVERT brings back.
    sysadmin: bool,
    schema: String,
}

/// 15517.
fn cannot_execute_as(name: &str) -> SqlError {
    SqlError::new(
        15517,
        format!(
            "Cannot execute as the database principal because the principal \"{name}\" does not exist, this type of principal cannot be impersonated, or you do not have permission."
        ),
    )
}

impl Session {
    /// EXECUTE AS USER of a batch: whoever does it needs to own the database.
    pub(crate) fn execute_as_user(&mut self, name: &str) -> Result<()> {
        let own = self
            .impersonated
            .last()
            .is_some_and(|now| now.name.eq_ignore_ascii_case(name));
        if !own && !self.sysadmin && !permission::allows_in_database(self, "CONTROL") {
            return Err(cannot_execute_as(name));
        }
        self.impersonate(name)
    }

    fn impersonate(&mut self, name: &str) -> Result<()> {
        let database = self.database;
        let found = self.server.state.database(database, |security| {
            security
                .principal(name)
                .filter(|p| p.kind == super::ddl::state::PrincipalKind::User)
                .filter(|p| !matches!(p.id, 3 | 4))
                .cloned()
        });
        let Some(principal) = found else {
            return Err(cannot_execute_as(name));
        };
        let schema = principal
            .default_schema
            .clone()
            .unwrap_or_else(|| "dbo".to_owned());
        self.impersonated.push(Impersonated {
            user: principal.id,
            name: principal.name,
            login: principal.login,
            database,
            sysadmin: self.sysadmin,
            schema: std::mem::replace(&mut self.default_schema, schema),
        });
        // Outside of its database a user is nobody.
        self.sysadmin = false;
        Ok(())
    }

    /// The same once more: REVERT undoes it.
    pub(crate) fn execute_as_caller(&mut self) {
        if let Some(now) = self.impersonated.last().cloned() {
            self.impersonated.push(Impersonated {
                sysadmin: self.sysadmin,
                schema: self.default_schema.clone(),
                ..now
            });
        }
    }

    /// WITH EXECUTE AS of a module; all objects belong to dbo.
    pub(crate) fn execute_as_of(&mut self, module: &ModuleDef) -> Result<()> {
        match execute_as(options_of(module)) {
            Some(OptionValue::Text(name)) => self.impersonate(name),
            Some(OptionValue::Word(word)) if !word.eq_ignore_ascii_case("CALLER") => {
                self.impersonate("dbo")
            }
            _ => Ok(()),
        }
    }

    /// REVERT, but no further than `depth`: what a scope began ends with it.
    pub(crate) fn revert(&mut self, depth: usize) {
        if self.impersonated.len() <= depth {
            return;
        }
        if let Some(last) = self.impersonated.pop() {
            self.sysadmin = last.sysadmin;
            self.default_schema = last.schema;
        }
    }

    /// SUSER_SNAME(): the login of the impersonated user, or its name.
    pub(crate) fn login_name(&self) -> &str {
        self.impersonated.last().map_or(&self.login.user, |now| {
            now.login.as_deref().unwrap_or(&now.name)
        })
    }
}

fn options_of(module: &ModuleDef) -> &[NamedOption] {
    match &module.syntax.kind {
        StatementKind::CreateProcedure(procedure) => &procedure.options,
        StatementKind::CreateFunction(function) => &function.options,
        _ => &[],
    }
}

fn execute_as(options: &[NamedOption]) -> Option<&OptionValue> {
    options
        .iter()
        .find(|option| option.name.eq_ignore_ascii_case("EXECUTE AS"))
        .and_then(|option| option.value.as_ref())
}

/// 15151: CREATE with EXECUTE AS of a user who is not there.
pub(crate) fn check_execute_as(session: &Session, options: &[NamedOption]) -> Result<()> {
    let Some(OptionValue::Text(name)) = execute_as(options) else {
        return Ok(());
    };
    let known = session.server.state.database(session.database, |security| {
        security.principal(name).is_some()
    });
    if known {
        return Ok(());
    }
    Err(SqlError::new(
        15151,
        format!(
            "Cannot execute as the user '{name}', because it does not exist or you do not have permission."
        ),
    ))
}
