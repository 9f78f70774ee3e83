//! Loads rows as wide as AtomRelations through the wire, batch by batch in transactions, and prints what it costs:
//! `cargo run --release -p hartonomous-standin --example bulk_load -- 2000000`.

use std::error::Error;
use std::time::Instant;

use hartonomous_standin::serve::{Baseline, ServeOptions, Serving, run_script};
use tiberius::{
    AuthMethod, Client, ColumnData, Config, EncryptionLevel, IntoSql, SqlBulkCopyOption, TokenRow,
};
use tokio::net::TcpStream;
use tokio_util::compat::TokioAsyncWriteCompatExt;

const DIMENSION: i64 = 1998;
const EMBEDDINGS_PER_BATCH: i64 = 10;
const ATOMS: i64 = 5000;
const COLUMNS: [&str; 12] = [
    "SourceAtomId",
    "TargetAtomId",
    "RelationType",
    "SequenceIndex",
    "TenantId",
    "SpatialBucket",
    "SpatialBucketX",
    "SpatialBucketY",
    "SpatialBucketZ",
    "CoordX",
    "CoordY",
    "CoordZ",
];

fn upgrade(serving: &Serving) -> Result<(), Box<dyn Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sql/phase1");
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    for prefix in ["add_", "create_index"] {
        for path in &files {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(prefix) {
                let text = std::fs::read_to_string(path)?;
                run_script(serving.engine(), serving.password(), &name, &text)?;
            }
        }
    }
    let atoms = format!(
        "INSERT dbo.Atoms (ContentHash, Modality) SELECT CAST(value AS binary(32)), N'numeric' FROM GENERATE_SERIES(1, {ATOMS})"
    );
    run_script(serving.engine(), serving.password(), "atoms", &atoms)?;
    Ok(())
}

fn row(source: i64, index: i64) -> TokenRow<'static> {
    let mut row = TokenRow::new();
    row.push(source.into_sql());
    row.push(((source * 31 + index * 7) % ATOMS + 1).into_sql());
    row.push("embedding_dimension".into_sql());
    row.push((index as i32).into_sql());
    row.push(0_i32.into_sql());
    let first = index == 0;
    row.push(ColumnData::I64(first.then_some(source)));
    for _ in 0..3 {
        row.push(ColumnData::I32(first.then_some(7)));
    }
    for _ in 0..3 {
        row.push(ColumnData::F64(first.then_some(0.25)));
    }
    row
}

fn resident_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok())
        .map_or(0, |kib: u64| kib / 1024)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let wanted: i64 = std::env::args()
        .nth(1)
        .map_or(Ok(200_000), |text| text.parse())?;
    let serving = Serving::start(ServeOptions {
        baseline: Baseline::Tables,
        ..ServeOptions::default()
    })
    .await?;
    upgrade(&serving)?;
    let mut config = Config::new();
    config.host("localhost");
    config.port(serving.port());
    config.database("Hartonomous");
    config.authentication(AuthMethod::sql_server("sa", serving.password()));
    config.encryption(EncryptionLevel::NotSupported);
    let tcp = TcpStream::connect(format!("127.0.0.1:{}", serving.port())).await?;
    tcp.set_nodelay(true)?;
    let mut client = Client::connect(config, tcp.compat_write()).await?;
    let begun = Instant::now();
    let (mut loaded, mut source) = (0_i64, 0_i64);
    while loaded < wanted {
        client.begin_transaction().await?;
        let mut request = client
            .bulk_insert_with_options(
                "dbo.AtomRelations",
                &COLUMNS,
                SqlBulkCopyOption::CheckConstraints.into(),
                &[],
            )
            .await?;
        for _ in 0..EMBEDDINGS_PER_BATCH {
            source = source % ATOMS + 1;
            for index in 0..DIMENSION {
                request.send(row(source, index)).await?;
            }
            loaded += DIMENSION;
        }
        request.finalize().await?;
        client.commit_transaction().await?;
        if loaded % (DIMENSION * 100) == 0 {
            println!(
                "{loaded} rows, {:.1} s, {} MiB",
                begun.elapsed().as_secs_f64(),
                resident_mib()
            );
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{loaded} rows in {seconds:.1} s, {:.0} rows/s, {} MiB resident",
        loaded as f64 / seconds,
        resident_mib()
    );
    Ok(())
}
