//! A view of a file that can be written to while the file stays as it is.

use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

/// A file, and what redb writes to it, which stays in memory. So redb can open the file, and repair it if need be,
/// without changing it.
///
/// Whoever makes an overlay holds the file's lock until the overlay is gone.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    file: Arc<FileBackend>,
    changes: Arc<Mutex<Changes>>,
}

#[derive(Debug)]
struct Changes {
    len: u64,
    /// How many bytes of the file, from its start, still show where nothing was written.
    shown_len: u64,
    /// Offsets and bytes. Later writes lie over earlier ones.
    writes: Vec<(u64, Vec<u8>)>,
}

impl Overlay {
    /// Lays an overlay over the first `shown_len` bytes of the file.
    pub(super) fn new(file: Arc<FileBackend>, shown_len: u64) -> Self {
        let changes = Changes { len: shown_len, shown_len, writes: Vec::new() };
        Self { file, changes: Arc::new(Mutex::new(changes)) }
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        // Only a panic for lack of memory could leave half a change. After that the overlay is thrown away.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes();
        if offset.saturating_add(out.len() as u64) > changes.len {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the file is shorter than it should be"));
        }
        let shown = changes.shown_len.saturating_sub(offset).min(out.len() as u64);
        let (shown, hidden) = out.split_at_mut(to_usize(shown));
        if !shown.is_empty() {
            self.file.read(offset, shown)?;
        }
        hidden.fill(0);
        for (start, bytes) in &changes.writes {
            copy_overlap(*start, bytes, offset, out);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes();
        changes.len = len;
        changes.shown_len = changes.shown_len.min(len);
        for (start, bytes) in &mut changes.writes {
            bytes.truncate(to_usize(len.saturating_sub(*start)));
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes();
        changes.len = changes.len.max(offset + data.len() as u64);
        changes.writes.push((offset, data.to_vec()));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }
}

fn copy_overlap(start: u64, bytes: &[u8], offset: u64, out: &mut [u8]) {
    let from = start.max(offset);
    let to = (start + bytes.len() as u64).min(offset + out.len() as u64);
    if from < to {
        let source = &bytes[to_usize(from - start)..to_usize(to - start)];
        out[to_usize(from - offset)..to_usize(to - offset)].copy_from_slice(source);
    }
}

/// For lengths within a slice, or to which a slice is truncated.
fn to_usize(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(content: &[u8]) -> (Overlay, tempfile::NamedTempFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let backend = FileBackend::new(file.reopen().unwrap()).unwrap();
        (Overlay::new(Arc::new(backend), content.len() as u64), file)
    }

    #[track_caller]
    fn check(overlay: &Overlay, expected: &[u8]) {
        for start in 0..expected.len() {
            let mut out = vec![0xEE; expected.len() - start];
            overlay.read(start as u64, &mut out).unwrap();
            assert_eq!(out, &expected[start..]);
        }
        assert_eq!(overlay.len().unwrap(), expected.len() as u64);
        assert!(overlay.read(1, &mut vec![0; expected.len()]).is_err());
    }

    #[test]
    fn what_is_written_is_read_and_the_file_stays() {
        let (overlay, file) = overlay(b"abcdef");
        overlay.write(1, b"BCD").unwrap();
        overlay.write(3, b"--").unwrap();
        check(&overlay, b"aBC--f");
        overlay.write(5, b"xyz").unwrap();
        check(&overlay, b"aBC--xyz");
        assert_eq!(std::fs::read(file.path()).unwrap(), b"abcdef");
    }

    #[test]
    fn what_was_cut_off_is_zero_when_the_file_grows_again() {
        let (overlay, _file) = overlay(b"abcdef");
        overlay.write(2, b"CDEF").unwrap();
        overlay.set_len(3).unwrap();
        check(&overlay, b"abC");
        overlay.set_len(7).unwrap();
        check(&overlay, b"abC\0\0\0\0");
    }
}
