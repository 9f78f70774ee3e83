//! CREATE SPATIAL INDEX, with SQL Server's checks in SQL Server's order.

use crate::catalog::model::{
    Compression, IndexColumn, IndexDef, IndexKind, SpatialIndexDef, TableDef,
};
use crate::engine::frame::ExecContext;
use crate::error::{Result, SqlError};
use crate::syntax::ast::{CreateSpatialIndex, NamedOption, OptionValue};
use crate::types::TypeName;

use super::naming::key_column_missing;
use super::{apply, index};

pub(super) fn create(ctx: &mut ExecContext<'_>, create: &CreateSpatialIndex) -> Result<()> {
    let table = index::table_for_index(ctx, &create.table, 12)?;
    let name = &create.name.text;
    let at = table
        .column_ordinal(&create.column.text)
        .ok_or_else(|| key_column_missing(&create.column.text))?;
    let column = &table.columns[at];
    if !column.sql_type.name.is_spatial() {
        return Err(SqlError::new(
            12002,
            format!(
                "The requested {} index on column '{}' of table '{}' could not be created because the column type is not {0}. Specify a column name that refers to a column with a {0} data type.",
                "spatial", column.name, table.name
            ),
        ));
    }
    require_clustered_key(&table)?;
    if table
        .indexes
        .iter()
        .any(|i| i.name.eq_ignore_ascii_case(name))
        || table
            .statistics
            .iter()
            .any(|s| s.name.eq_ignore_ascii_case(name))
    {
        return Err(index::exists(&table, name));
    }
    index::require_set_options(ctx.session, "CREATE INDEX")?;
    let geometry = column.sql_type.name == TypeName::Geometry;
    let spatial = tessellation(create, geometry)?;
    let settings = index::settings(ctx.session, &table, &create.options)?;
    let mut def = (*table).clone();
    let built = IndexDef {
        // Spatial indexes are numbered from 384000.
        index_id: (384_000..)
            .find(|id| !def.indexes.iter().any(|i| i.index_id == *id))
            .unwrap_or(384_000),
        name: name.clone(),
        kind: IndexKind::Spatial,
        unique: false,
        keys: vec![IndexColumn {
            column_id: column.column_id,
            descending: false,
        }],
        includes: Vec::new(),
        filter: None,
        compression: settings.compression.unwrap_or(Compression::None),
        disabled: false,
        ignore_dup_key: false,
        fill_factor: settings.fill_factor,
        constraint: None,
        spatial: Some(spatial),
    };
    index::put(&mut def, built);
    apply::replace_table(ctx, def).map(|_| ())
}

/// 12008.
fn require_clustered_key(table: &TableDef) -> Result<()> {
    let has = table.indexes.iter().any(|i| {
        i.kind == IndexKind::Clustered && i.constraint.as_ref().is_some_and(|c| c.primary)
    });
    if has {
        return Ok(());
    }
    Err(SqlError::new(
        12008,
        format!(
            "Table '{}' does not have a clustered primary key as required by the spatial index. Make sure that the primary key column exists on the table before creating a spatial index.",
            table.name
        ),
    ))
}

fn tessellation(create: &CreateSpatialIndex, geometry: bool) -> Result<SpatialIndexDef> {
    let scheme = match &create.using {
        Some(scheme) => scheme.to_ascii_uppercase(),
        None if geometry => "GEOMETRY_AUTO_GRID".to_owned(),
        None => "GEOGRAPHY_AUTO_GRID".to_owned(),
    };
    let known = matches!(
        scheme.as_str(),
        "GEOMETRY_GRID" | "GEOMETRY_AUTO_GRID" | "GEOGRAPHY_GRID" | "GEOGRAPHY_AUTO_GRID"
    );
    if !known || scheme.starts_with("GEOMETRY") != geometry {
        return Err(SqlError::new(
            12003,
            format!(
                "Could not find spatial tessellation scheme '{scheme}' for column of type {}. Specify a valid tessellation scheme name in your USING clause.",
                if geometry { "geometry" } else { "geography" }
            ),
        ));
    }
    let auto = scheme.ends_with("AUTO_GRID");
    let option = |name: &str| {
        create
            .options
            .iter()
            .find(|o| o.name.eq_ignore_ascii_case(name))
    };
    let bounding_box = match option("BOUNDING_BOX") {
        Some(option) => Some(box_of(option)?),
        None if geometry => {
            return Err(SqlError::new(
                12007,
                "The CREATE SPATIAL INDEX statement is missing the required parameter 'BOUNDING_BOX'. Validate the statement against the index-creation syntax.",
            ));
        }
        None => None,
    };
    if auto && option("GRIDS").is_some() {
        return Err(SqlError::new(
            12005,
            "Incorrect parameters were passed to the CREATE SPATIAL_INDEX statement near 'GRIDS'. Validate the statement against the index-creation syntax.",
        ));
    }
    if !auto && option("GRIDS").is_some() {
        return Err(SqlError::not_implemented("GRIDS of a spatial index"));
    }
    let cells_per_object = match option("CELLS_PER_OBJECT").and_then(|o| o.value.as_ref()) {
        Some(OptionValue::Number(n)) => match n.parse::<i32>() {
            Ok(n @ 1..=8192) => n,
            _ => {
                return Err(SqlError::new(
                    12012,
                    "The value of parameter 'CELLS_PER_OBJECT' of CREATE SPATIAL INDEX must be between 1 and 8192.",
                ));
            }
        },
        _ => {
            if auto {
                8
            } else {
                16
            }
        }
    };
    Ok(SpatialIndexDef {
        tessellation: scheme,
        bounding_box,
        cells_per_object,
    })
}

fn box_of(option: &NamedOption) -> Result<(f64, f64, f64, f64)> {
    let incomplete = || {
        SqlError::new(
            12014,
            "The 'BOUNDING_BOX' parameter of CREATE SPATIAL INDEX is incomplete: xmin, ymin, xmax and ymax are needed.",
        )
    };
    // Either four numbers, or XMIN = .. and so on, as list items or nested options.
    let mut found: [Option<f64>; 4] = [None; 4];
    let set = |found: &mut [Option<f64>; 4], name: &str, text: &str| {
        let at = ["XMIN", "YMIN", "XMAX", "YMAX"]
            .iter()
            .position(|n| n.eq_ignore_ascii_case(name.trim()));
        if let Some(at) = at {
            found[at] = text.trim().parse::<f64>().ok();
        }
    };
    for nested in &option.nested {
        if let Some(OptionValue::Number(text) | OptionValue::Word(text)) = &nested.value {
            set(&mut found, &nested.name, text);
        }
    }
    if let Some(OptionValue::List(items)) = &option.value {
        for (at, item) in items.iter().enumerate() {
            match item.split_once('=') {
                Some((name, text)) => set(&mut found, name, text),
                None if at < 4 => found[at] = item.replace(' ', "").parse::<f64>().ok(),
                None => {}
            }
        }
    }
    let [Some(xmin), Some(ymin), Some(xmax), Some(ymax)] = found else {
        return Err(incomplete());
    };
    if xmax <= xmin || ymax <= ymin {
        let (high, low) = if xmax <= xmin {
            ("xmax", "xmin")
        } else {
            ("ymax", "ymin")
        };
        return Err(SqlError::new(
            12013,
            format!("Invalid bounding-box coordinates: {high} must be greater than {low}."),
        ));
    }
    Ok((xmin, ymin, xmax, ymax))
}
