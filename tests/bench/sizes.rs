//! Cost and memory at several sizes of the table: neither may grow with it.

use hartonomous_standin::serve::Precision;

use crate::figures::{percentile, shown, spread};
use crate::migration::{self, Until};
use crate::pipeline::mib;
use crate::server::Server;
use crate::session::Outcome;
use crate::vectors;

/// Prints the cost of an embedding, and the client's peak memory over the whole command, gates included.
pub async fn run(sizes: &[usize], dimension: usize, precision: Precision) -> Outcome<()> {
    println!(
        "SIZES: phase 2 with its gates, four writers, embeddings of {dimension} components only, so that many fit, {precision:?}"
    );
    let mut costs = Vec::new();
    for &size in sizes {
        let server = Server::start()?;
        let database = server.database(dimension).await?;
        let matrix = vectors::matrix(size, dimension).map_err(|error| error.to_string())?;
        database.load(&matrix, precision).await?;
        migration::command(&database, "migrate phase1")?;
        database.back_up().await?;
        let pipeline = migration::phase2(&server, &database, 4, Until::Proven)?;
        let whole = pipeline.took.as_secs_f64() / size as f64;
        costs.push(whole);
        println!(
            "  {size:>7} embeddings: {} each ({} x the smallest table); in a batch median {}, p90 {}; \
             peak memory of the client {} (target: < 256 MiB), of the server {}",
            shown(Some(whole * 1e6), 0, " us"),
            shown(costs.first().map(|first| whole / first), 2, ""),
            shown(
                percentile(&pipeline.per_embedding, 50.0).map(|s| s * 1e6),
                0,
                " us"
            ),
            shown(
                percentile(&pipeline.per_embedding, 90.0).map(|s| s * 1e6),
                0,
                " us"
            ),
            mib(pipeline.peak_kib),
            mib(server.peak_kib()),
        );
        database.end().await?;
    }
    println!(
        "  dearest size in units of the cheapest: {} (1 is flat)",
        shown(spread(&costs), 2, "")
    );
    Ok(())
}
