//! The machines of a training, update by update.

use super::{Fault, MachineError, Reading, Remedy, Stored, choose, of_archive, run_folder};
use crate::arrays::{self, Archive};
use std::path::{Path, PathBuf};

/// A training on disk, read one update at a time.
pub struct Updates {
    path: PathBuf,
    reading: Reading,
    numbers: Vec<u64>,
    source: Source,
}

enum Source {
    File(Archive),
    /// State files and their checksums, in the order of the numbers.
    Run(Vec<run_folder::State>),
}

impl Updates {
    /// Opens a run folder, or a file that holds the weights of several updates by their numbers.
    ///
    /// # Errors
    /// A file that cannot be read, or that numbers no updates.
    pub fn open(path: &Path, reading: &Reading) -> Result<Self, MachineError> {
        let fail = |(why, remedy): Fault| MachineError { path: path.to_path_buf(), why, remedy };
        let (numbers, source) = if path.is_dir() {
            let states = run_folder::states(path, reading).map_err(fail)?;
            (states.iter().map(|state| state.updates).collect(), Source::Run(states))
        } else {
            let archive = arrays::open(path).map_err(|why| fail((why, Remedy::None)))?;
            (choose::updates(&archive, reading).map_err(fail)?, Source::File(archive))
        };
        Ok(Self { path: path.to_path_buf(), reading: reading.clone(), numbers, source })
    }

    /// Their numbers, ascending; one at least.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// The machine of one of [`Updates::numbers`], by its place among them.
    ///
    /// # Errors
    /// As [`super::read`].
    pub fn read(&mut self, at: usize) -> Result<Stored, MachineError> {
        let number = self.numbers[at];
        match &mut self.source {
            Source::Run(states) => run_folder::read_state(&self.path, &states[at], &self.reading),
            Source::File(archive) => {
                let reading = Reading { update: Some(number), ..self.reading.clone() };
                of_archive(archive, &reading).map_err(|(why, remedy)| MachineError {
                    path: self.path.clone(),
                    why: format!("update {number}: {why}"),
                    remedy,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One update of a text file is none.
    #[test]
    fn a_file_with_one_machine_is_no_training() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.txt");
        std::fs::write(&path, "1 2\n3 4\n5 6\n").expect("writes");
        let error = Updates::open(&path, &Reading::default()).err().expect("refused");
        assert!(error.to_string().contains("no updates of a training"), "{error}");
        assert_eq!(error.remedy, Remedy::OneUpdate);
        assert!(Updates::open(&folder.path().join("nowhere"), &Reading::default()).is_err());
    }

    #[test]
    fn updates_of_a_file_come_in_the_order_of_their_numbers() {
        let shapes = |t: f64| vec![t, 2.0, 3.0, 4.0, 5.0, 6.0];
        let arrays = [
            ("update_100/W", vec![3, 2], shapes(100.0)),
            ("update_9/W", vec![3, 2], shapes(9.0)),
            ("update_20/W", vec![3, 2], shapes(20.0)),
            ("time", vec![], vec![3.0]),
        ];
        let archive = Archive::of(&arrays, &[]);
        let numbers = choose::updates(&archive, &Reading::default()).expect("updates");
        let reading = Reading { transposed: Some(false), ..Reading::default() };
        let mut updates = Updates { path: "file".into(), reading, numbers, source: Source::File(archive) };
        assert_eq!(updates.numbers(), [9, 20, 100]);
        for (at, number) in [9.0, 20.0, 100.0].into_iter().enumerate() {
            assert_eq!(updates.read(at).expect("reads").machine.weights, shapes(number));
        }
    }
}
