//! sp_helptext: the text of a module, line by line.

use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::protocol::{ColumnInfo, Done, ResultSink};
use crate::types::{SqlType, Value};

use super::functions::{find_object, text};
use super::properties::module_of;
use super::{ProcArgument, ProcOutcome, scripted};

/// Characters of a row.
const WIDTH: usize = 255;

/// 15009 for an object that is not there, 15197 for one without a text.
pub(super) fn run(
    ctx: &mut ExecContext<'_>,
    args: &[ProcArgument],
    sink: &mut dyn ResultSink,
) -> Result<ProcOutcome> {
    let declaration = "@objname nvarchar(776), @columnname sysname = NULL";
    let (_, values) = scripted::bind(ctx, "sp_helptext", declaration, args)?;
    let Some(name) = text(values.first()) else {
        return Err(scripted::missing_object(ctx, "sp_helptext", ""));
    };
    if values.get(1).is_some_and(|v| !v.is_null()) {
        return Err(SqlError::not_implemented(
            "sp_helptext of a computed column",
        ));
    }
    let Some((object, _)) = find_object(ctx.session, &name) else {
        return Err(scripted::missing_object(ctx, "sp_helptext", &name));
    };
    let Some(module) = module_of(ctx.session, object) else {
        let mut error = SqlError::new(15197, format!("There is no text for object '{name}'."));
        "sp_helptext".clone_into(&mut error.procedure);
        return Err(error);
    };
    sink.columns(&[ColumnInfo {
        name: "Text".to_owned(),
        sql_type: SqlType::nvarchar(255),
        nullable: true,
        identity: false,
        computed: false,
        updatable: false,
    }])?;
    let mut count = 0;
    for line in lines(&module.definition) {
        sink.row(&[Value::nvarchar(line)])?;
        count += 1;
    }
    sink.done(Done {
        command: 0xC1,
        row_count: Some(count),
        nocount: ctx.session.options.nocount,
        error: false,
        in_procedure: true,
    })?;
    Ok(ProcOutcome::default())
}

/// A line keeps its end, which is CR LF as the procedure writes it; one beyond 255 characters goes on in the next row.
fn lines(definition: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let normal = definition.replace("\r\n", "\n");
    for line in normal.split_inclusive('\n') {
        let line = line.replace('\n', "\r\n");
        let characters: Vec<char> = line.chars().collect();
        for piece in characters.chunks(WIDTH) {
            rows.push(piece.iter().collect());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn long_lines_go_on_in_the_next_row() {
        let rows = lines(&format!("CREATE\n{}", "x".repeat(300)));
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0], "CREATE\r\n");
        assert_eq!(rows[1].len(), 255);
        assert_eq!(rows[2].len(), 45);
    }
}
