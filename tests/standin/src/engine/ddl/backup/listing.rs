//! RESTORE HEADERONLY, FILELISTONLY and LABELONLY: what a file holds, as result sets.

use super::media::Media;
use super::record::BackupRecord;
use super::restore::choose;
use super::{device_of, number_option, require_create_database};
use crate::engine::frame::ExecContext;
use crate::engine::sysviews::{Rows, column_infos, datetime_of_ticks};
use crate::error::{Result, SqlError};
use crate::protocol::{Done, ResultSink};
use crate::syntax::ast::Restore;
use crate::types::Value;

const HEADER: &str = "BackupName nvarchar(128), BackupDescription nvarchar(255), BackupType smallint, ExpirationDate datetime, \
    Compressed tinyint, Position smallint, DeviceType tinyint=2, UserName nvarchar(128), ServerName nvarchar(128), \
    DatabaseName nvarchar(128), DatabaseVersion int=998, DatabaseCreationDate datetime, BackupSize numeric(20,0), \
    FirstLSN numeric(25,0), LastLSN numeric(25,0), CheckpointLSN numeric(25,0), DatabaseBackupLSN numeric(25,0), \
    BackupStartDate datetime, BackupFinishDate datetime, SortOrder smallint=52, CodePage smallint=0, UnicodeLocaleId int=1033, \
    UnicodeComparisonStyle int=196609, CompatibilityLevel tinyint, SoftwareVendorId int=4608, SoftwareVersionMajor int=17, \
    SoftwareVersionMinor int=0, SoftwareVersionBuild int=4065, MachineName nvarchar(128), Flags int, BindingID uniqueidentifier, \
    RecoveryForkID uniqueidentifier, Collation nvarchar(128)=SQL_Latin1_General_CP1_CI_AS, FamilyGUID uniqueidentifier, \
    HasBulkLoggedData bit=0, IsSnapshot bit=0, IsReadOnly bit=0, IsSingleUser bit, HasBackupChecksums bit, IsDamaged bit=0, \
    BeginsLogChain bit, HasIncompleteMetaData bit=0, IsForceOffline bit, IsCopyOnly bit, FirstRecoveryForkID uniqueidentifier, \
    ForkPointLSN numeric(25,0), RecoveryModel nvarchar(60), DifferentialBaseLSN numeric(25,0), \
    DifferentialBaseGUID uniqueidentifier, BackupTypeDescription nvarchar(60), BackupSetGUID uniqueidentifier, \
    CompressedBackupSize bigint, Containment tinyint!=0, KeyAlgorithm nvarchar(32), EncryptorThumbprint varbinary(20), \
    EncryptorType nvarchar(32), LastValidRestoreTime datetime, TimeZone smallint=0, CompressionAlgorithm nvarchar(32)";

const FILES: &str = "LogicalName nvarchar(128), PhysicalName nvarchar(260), Type char(1), FileGroupName nvarchar(128), \
    Size numeric(20,0), MaxSize numeric(20,0), FileId bigint, CreateLSN numeric(25,0), DropLSN numeric(25,0), \
    UniqueId uniqueidentifier, ReadOnlyLSN numeric(25,0), ReadWriteLSN numeric(25,0), BackupSizeInBytes bigint, \
    SourceBlockSize int=512, FileGroupId int, LogGroupGUID uniqueidentifier, DifferentialBaseLSN numeric(25,0), \
    DifferentialBaseGUID uniqueidentifier, IsReadOnly bit=0, IsPresent bit=1, TDEThumbprint varbinary(32), SnapshotUrl nvarchar(360)";

const LABEL: &str = "MediaName nvarchar(128), MediaSetId uniqueidentifier, FamilyCount int=1, FamilySequenceNumber int=1, \
    MediaFamilyId uniqueidentifier, MediaSequenceNumber int=1, MediaLabelPresent tinyint=0, MediaDescription nvarchar(255), \
    SoftwareName nvarchar(128)=Microsoft SQL Server, SoftwareVendorId int=4608, MediaDate datetime, MirrorCount int=1, IsCompressed bit=0";

fn numeric(n: i64, precision: u8) -> Value {
    Value::Decimal(Box::new(crate::types::Decimal {
        mantissa: i128::from(n),
        precision,
        scale: 0,
    }))
}

fn guid(id: [u8; 16]) -> Value {
    Value::UniqueIdentifier(Box::new(id))
}

fn text(value: &str) -> Value {
    Value::nvarchar(value)
}

fn optional(value: Option<&String>) -> Value {
    value.map_or(Value::Null, |value| text(value))
}

fn send(
    ctx: &ExecContext<'_>,
    spec: &'static str,
    rows: Rows,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    sink.columns(&column_infos(spec))?;
    let rows = rows.finish();
    for row in &rows {
        sink.row(row)?;
    }
    sink.done(Done {
        command: 0xC1,
        row_count: Some(rows.len() as u64),
        nocount: ctx.session.options.nocount,
        error: false,
        in_procedure: ctx.session.procedure_depth > 0,
    })
}

/// A row per backup set, or the one that FILE names.
pub(super) fn headers(
    ctx: &ExecContext<'_>,
    restore: &Restore,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    require_create_database(ctx)?;
    let device = device_of(ctx, &restore.from)?;
    let media = Media::read(&device)?;
    let wanted = number_option(&restore.options, "FILE");
    if let Some(position) = wanted {
        media.set(position, &device)?;
    }
    let known = ctx.session.server.state.backups();
    let mut rows = Rows::new(HEADER);
    for (at, set) in media.sets.iter().enumerate() {
        let position = i32::try_from(at + 1).unwrap_or(i32::MAX);
        if wanted.is_some_and(|wanted| wanted != position) {
            continue;
        }
        let record = known.iter().find(|b| b.uuid == set.uuid).ok_or_else(|| {
            SqlError::not_implemented("reading a backup that another process of it has taken")
        })?;
        header(ctx, record, position, &mut rows);
    }
    send(ctx, HEADER, rows, sink)
}

fn header(ctx: &ExecContext<'_>, record: &BackupRecord, position: i32, rows: &mut Rows) {
    let server = &ctx.session.server.config.server_name;
    let (kind, described) = record.description_of_type();
    rows.push([
        ("BackupName", optional(record.name.as_ref())),
        ("BackupDescription", optional(record.description.as_ref())),
        ("BackupType", Value::Int(kind)),
        ("BackupTypeDescription", text(described)),
        ("Compressed", Value::Int(i32::from(record.compressed))),
        ("Position", Value::Int(position)),
        ("UserName", text(&record.user)),
        ("ServerName", text(server)),
        ("MachineName", text(server)),
        ("DatabaseName", text(&record.database)),
        (
            "DatabaseCreationDate",
            datetime_of_ticks(record.database_created),
        ),
        ("BackupSize", numeric(record.size, 20)),
        ("CompressedBackupSize", Value::BigInt(record.size)),
        ("FirstLSN", numeric(record.first_lsn, 25)),
        ("LastLSN", numeric(record.last_lsn, 25)),
        ("CheckpointLSN", numeric(record.checkpoint_lsn, 25)),
        ("DatabaseBackupLSN", numeric(record.database_backup_lsn, 25)),
        ("BackupStartDate", datetime_of_ticks(record.started)),
        ("BackupFinishDate", datetime_of_ticks(record.finished)),
        ("CompatibilityLevel", Value::Int(record.compatibility_level)),
        ("Flags", Value::Int(record.flags())),
        ("BindingID", guid(record.identities.database)),
        ("RecoveryForkID", guid(record.identities.fork)),
        ("FirstRecoveryForkID", guid(record.first_fork())),
        (
            "ForkPointLSN",
            record
                .fork_point()
                .map_or(Value::Null, |lsn| numeric(lsn, 25)),
        ),
        ("FamilyGUID", guid(record.identities.family)),
        ("IsSingleUser", Value::Bit(record.single_user)),
        ("HasBackupChecksums", Value::Bit(record.checksum)),
        ("BeginsLogChain", Value::Bit(record.begins_log_chain)),
        ("IsForceOffline", Value::Bit(record.tail)),
        ("IsCopyOnly", Value::Bit(record.copy_only)),
        ("RecoveryModel", text(&record.recovery_model)),
        ("BackupSetGUID", guid(record.uuid)),
        ("LastValidRestoreTime", datetime_of_ticks(record.finished)),
    ]);
}

/// A row per file of the database.
pub(super) fn files(
    ctx: &ExecContext<'_>,
    restore: &Restore,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    require_create_database(ctx)?;
    let chosen = choose(ctx, restore)?;
    let mut rows = Rows::new(FILES);
    for file in &chosen.image.contents.database.files {
        let kind = match file.kind {
            0 => "D",
            1 => "L",
            _ => "S",
        };
        let group = if file.kind == 1 {
            Value::Null
        } else {
            text(&file.filegroup)
        };
        let bytes = file.size * 8192;
        let most = if file.max_size < 0 {
            35_184_372_080_640
        } else {
            file.max_size * 8192
        };
        let saved = match file.kind {
            0 => i64::try_from(super::data_pages(chosen.record.rows) * 8192).unwrap_or(0),
            _ => 0,
        };
        rows.push([
            ("LogicalName", text(&file.name)),
            ("PhysicalName", text(&file.physical_name)),
            ("Type", Value::varchar(kind)),
            ("FileGroupName", group),
            ("Size", numeric(bytes, 20)),
            ("MaxSize", numeric(most, 20)),
            ("FileId", Value::BigInt(i64::from(file.file_id))),
            ("CreateLSN", numeric(0, 25)),
            ("DropLSN", numeric(0, 25)),
            ("ReadOnlyLSN", numeric(0, 25)),
            ("ReadWriteLSN", numeric(0, 25)),
            ("BackupSizeInBytes", Value::BigInt(saved)),
            ("FileGroupId", Value::Int(i32::from(file.kind != 1))),
        ]);
    }
    send(ctx, FILES, rows, sink)
}

/// The one row about the media.
pub(super) fn label(
    ctx: &ExecContext<'_>,
    restore: &Restore,
    sink: &mut dyn ResultSink,
) -> Result<()> {
    require_create_database(ctx)?;
    let device = device_of(ctx, &restore.from)?;
    let media = Media::read(&device)?;
    let known = ctx.session.server.state.backups();
    let written = known
        .iter()
        .find(|b| b.media_uuid == media.uuid)
        .map_or(Value::Null, |b| datetime_of_ticks(b.started));
    let mut rows = Rows::new(LABEL);
    rows.push([
        ("MediaSetId", guid(media.uuid)),
        ("MediaFamilyId", guid(media.uuid)),
        ("MediaDate", written),
    ]);
    send(ctx, LABEL, rows, sink)
}
