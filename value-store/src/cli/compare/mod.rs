//! `value-store compare`: a matrix of reports.

mod changes;
mod html;
mod json;
mod markdown;
mod matrix;
mod read;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use self::matrix::Matrix;
use crate::misuse::Done;
use crate::output;

/// Makes a matrix of reports: implementations by families.
///
/// Of two reports of one implementation, it also says what has changed from the earlier argument to the later.
#[derive(clap::Args)]
#[command(
    after_help = "The files report.schema.json and matrix.schema.json of the crate value-store are JSON schemas of \
    what is read, and of what --json writes."
)]
pub(crate) struct Arguments {
    /// Reports that `value-store check --json` has written.
    #[arg(required = true, value_name = "REPORT.json")]
    reports: Vec<PathBuf>,
    /// Writes the matrix and the causes of all failures as a page of Markdown.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Writes the matrix and all failures as one page of HTML.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes the matrix as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let reports = arguments.reports.iter().map(|file| read::report(file)).collect::<Result<Vec<_>, _>>()?;
    let matrix = Matrix::of(&reports);
    let files = [
        (&arguments.markdown, markdown::page as fn(&Matrix<'_>) -> String),
        (&arguments.html, html::page),
        (&arguments.json, json::json),
    ];
    for (file, format) in files {
        if let Some(file) = file {
            output::write(file, &format(&matrix))?;
        }
    }
    output::print(&text::text(&matrix))?;
    Ok(ExitCode::SUCCESS)
}
