//! The command line. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Verifies what is claimed about the energy landscape of Restricted Boltzmann Machines (under construction).
#[derive(Parser)]
#[command(name = "rbm-landscape", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The embedded data set.
    #[command(subcommand)]
    Data(Data),
}

#[derive(Subcommand)]
enum Data {
    /// Pack the four official MNIST files (checked by MD5) into the embedded form.
    Pack {
        /// Folder with the four IDX files, plain or .gz.
        dir: PathBuf,
        /// Folder for the packed file.
        #[arg(long, default_value = "data")]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let Command::Data(Data::Pack { dir, out }) = Cli::parse().command;
    match rbm_landscape::data::pack(&dir, &out) {
        Ok(report) => {
            println!("{} ({} bytes)", report.path.display(), report.bytes);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
