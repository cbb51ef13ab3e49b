//! The command line. The only place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

/// A line on standard error, lost where nobody reads it any more: the work goes on.
macro_rules! aside {
    ($($words:tt)*) => {{
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

mod args;
mod calibrate;
mod data;
mod explain;
mod figures;
mod given;
mod inspect;
mod interrupt;
mod list;
mod log_likelihood;
mod log_partition;
mod machine;
mod manual;
mod progress;
mod sample;
mod table;
mod track;
mod train;
mod verify;

use anyhow::Result;
use args::{Common, Voice};
use calibrate::{CalibrateArgs, calibrate};
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use data::{DataCommand, pack};
use explain::explain;
use figures::{FiguresArgs, figures};
use inspect::{InspectArgs, inspect};
use list::list;
use log_likelihood::{LogLikelihoodArgs, log_likelihood};
use log_partition::{LogPartitionArgs, log_partition};
use sample::{SampleArgs, sample};
use std::io::Write;
use std::process::ExitCode;
use train::{TrainArgs, train};
use verify::{VerifyArgs, verify};

/// Verifies what is claimed about the energy landscape of Restricted Boltzmann Machines.
///
/// Without a command it runs `verify` at quick scale: every claim, its derivation, evidence and
/// falsifiers, on MNIST.
///
/// Sizes that cannot be held in memory are refused. Linux says how much there is; elsewhere 8 GiB
/// are assumed, unless the environment variable RBM_LANDSCAPE_MEMORY says otherwise, such as 64G.
#[derive(Parser)]
#[command(name = "rbm-landscape", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    verify: VerifyArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Run the claims: verdict table, report with figures. Exit code 1 when a verdict is not the
    /// expected one.
    Verify {
        /// Claims to run, such as T02; all by default.
        ids: Vec<String>,
        #[command(flatten)]
        args: VerifyArgs,
    },
    /// List the claims.
    List(Voice),
    /// One claim: statement, derivation step by step, regimes, falsifiers, sources.
    Explain {
        /// Claim, such as T02.
        id: String,
        #[command(flatten)]
        voice: Voice,
    },
    /// Regenerate the figures: SVG and CSV. Exit code 1 when a verdict is not the expected one.
    Figures(FiguresArgs),
    /// Train machines; a checkpoint every epoch. Run again with the same arguments it resumes.
    Train(Box<TrainArgs>),
    /// Draw samples from a machine, by Gibbs sampling or parallel tempering: samples.npy, a
    /// picture, and what they are worth.
    Sample(SampleArgs),
    /// What the theory says of a machine: spectrum against noise, modes by every picture and as
    /// chains show them, ln Z.
    Inspect(Box<InspectArgs>),
    /// ln Z of a machine: exact where one layer has at most 24 units; by parallel tempering,
    /// checked by annealing both ways; and by the closed forms of the theory.
    LogPartition(Box<LogPartitionArgs>),
    /// How likely samples are under a machine, in nats: ln p(v) with --data, by exact or tempered
    /// ln Z.
    LogLikelihood(Box<LogLikelihoodArgs>),
    /// Error rates, written to calibration.md: of the claims over many seeds (unexpected verdicts,
    /// falsifiers refuted), or of the statistical toolbox. Run again it resumes the claims' seeds.
    Calibrate(Box<CalibrateArgs>),
    /// Writes man pages and completions of shells, for packagers.
    #[command(hide = true)]
    Manual {
        /// Folder for them.
        #[arg(long, default_value = "manual")]
        out: std::path::PathBuf,
    },
    /// The embedded data set.
    Data {
        #[command(subcommand)]
        command: DataCommand,
    },
}

impl Command {
    /// Options of every command that computes.
    fn common(&self) -> Option<&Common> {
        match self {
            Self::Verify { args, .. } => Some(args.common()),
            Self::Figures(args) => Some(&args.claims.common),
            Self::Train(args) => Some(&args.common),
            Self::Sample(args) => Some(&args.common),
            Self::Inspect(args) => Some(&args.common),
            Self::LogPartition(args) => Some(&args.common),
            Self::LogLikelihood(args) => Some(&args.log_partition.common),
            Self::Calibrate(args) => Some(&args.of.common),
            Self::List(_) | Self::Explain { .. } | Self::Data { .. } | Self::Manual { .. } => None,
        }
    }
}

/// Exit codes: 0 done and as expected, 1 a verdict differs from the expected one, 2 it could not
/// run.
pub fn main() -> ExitCode {
    let cli = match command_line().try_get_matches().and_then(|given| Cli::from_arg_matches(&given)) {
        Ok(cli) => cli,
        Err(told) if matches!(told.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            let _ = told.print();
            return ExitCode::SUCCESS;
        }
        Err(told) if told.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = told.print();
            return ExitCode::from(2);
        }
        Err(error) => {
            aside!("error: {}", sentence(&error));
            return ExitCode::from(2);
        }
    };
    interrupt::watch();
    match run(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // A reader that closed the pipe early is no failure.
            if error
                .chain()
                .any(|e| e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
            {
                return ExitCode::SUCCESS;
            }
            aside!("error: {}", once(&error));
            ExitCode::from(2)
        }
    }
}

/// All commands. Negative numbers are values, which each option accepts or refuses in its own
/// words.
fn command_line() -> clap::Command {
    Cli::command().allow_negative_numbers(true).mut_subcommands(|command| command.allow_negative_numbers(true))
}

/// An error and its causes, each once: some say their cause themselves.
fn once(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.contains(&cause) {
        true => said,
        false if said.is_empty() => cause,
        false => format!("{said}: {cause}"),
    })
}

/// An error of the command line in one sentence.
fn sentence(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let end = |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more information");
    let words: Vec<&str> = text.lines().map(str::trim).take_while(end).filter(|line| !line.is_empty()).collect();
    let words = words.join(" ");
    let words = words.strip_prefix("error: ").unwrap_or(&words);
    let words = [
        ("invalid digit found in string", "a whole number is needed, 0 or larger"),
        ("cannot parse integer from empty string", "a whole number is needed, 0 or larger"),
        ("invalid float literal", "a number is needed"),
        ("cannot parse float from empty string", "a number is needed"),
        ("number too large to fit in target type", "it is too large"),
        (" tip: ", "; "),
    ]
    .iter()
    .fold(words.to_string(), |words, (theirs, ours)| words.replace(theirs, ours));
    // Their remedy is for arguments without an option.
    match words.split_once("; to pass '-") {
        Some((wrong, _)) if wrong.contains("'--") => format!("{wrong}; --help says more"),
        Some((wrong, _)) => format!("{wrong}; a value that begins with - is written --option=value"),
        None => words + "; --help says more",
    }
}

/// Prints a line; a closed pipe is an error here, not a panic.
fn say(line: impl std::fmt::Display) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

fn run(cli: Cli) -> Result<bool> {
    let command = cli.command.unwrap_or(Command::Verify { ids: Vec::new(), args: cli.verify });
    if let Some(common) = command.common() {
        common.threads()?;
    }
    match command {
        Command::Verify { ids, args } => verify(&args, &ids),
        Command::List(voice) => list(&voice),
        Command::Explain { id, voice } => explain(&voice, &id),
        Command::Figures(args) => figures(&args),
        Command::Train(args) => train(&args),
        Command::Sample(args) => sample(&args),
        Command::Inspect(args) => inspect(&args),
        Command::LogPartition(args) => log_partition(&args),
        Command::LogLikelihood(args) => log_likelihood(&args),
        Command::Calibrate(args) => calibrate(&args),
        Command::Manual { out } => manual::manual(command_line(), &out),
        Command::Data { command: DataCommand::Pack { dir, out, voice } } => pack(&voice, &dir, &out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let full = std::io::Error::other("disk full");
        assert_eq!(
            once(&anyhow::Error::from(full).context("a: disk full: make room").context("run")),
            "run: a: disk full: make room"
        );
        assert_eq!(once(&anyhow::anyhow!("c").context("b").context("a")), "a: b: c");
    }
}
