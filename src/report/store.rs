//! Rows kept until the end, in little memory: 200,000 of them in a few MiB.
//!
//! Rows of one run resemble each other, so that blocks of them compress about
//! tenfold. Must not know what a row says; only that it is one line.

/// Rows are compressed once this many bytes have come together.
const BLOCK: usize = 64 * 1024;

/// Blocks kept open for reading. Rows of one provider are nearly in order, those of
/// several interleave, so each needs about one.
const OPEN_BLOCKS: usize = 16;

/// Rows by their index in the input.
#[derive(Default)]
pub(super) struct RowStore {
    slots: Vec<Slot>,
    full: Vec<Box<[u8]>>,
    filling: Vec<u8>,
}

/// Where a row lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    index: u64,
    block: u32,
    start: u32,
}

impl RowStore {
    /// Adds a row without a line end in it.
    pub(super) fn push(&mut self, index: u64, row: &[u8]) {
        let (Ok(block), Ok(start)) = (u32::try_from(self.full.len()), u32::try_from(self.filling.len())) else {
            return; // More than 256 TiB.
        };
        self.slots.push(Slot { index, block, start });
        self.filling.extend_from_slice(row);
        self.filling.push(b'\n');
        if self.filling.len() >= BLOCK {
            self.full.push(lz4_flex::block::compress_prepend_size(&self.filling).into_boxed_slice());
            self.filling.clear();
        }
    }

    /// The rows in the order of their indexes.
    pub(super) fn sorted(&mut self) -> Reader<'_> {
        self.slots.sort_unstable();
        Reader { store: self, open: Vec::new() }
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
            + self.full.iter().map(|block| block.len() + size_of::<Box<[u8]>>()).sum::<usize>()
            + self.filling.capacity()
    }
}

/// Reads rows back.
pub(super) struct Reader<'a> {
    store: &'a RowStore,
    /// Blocks that were read lately, the latest last.
    open: Vec<(u32, Vec<u8>)>,
}

impl Reader<'_> {
    pub(super) fn len(&self) -> usize {
        self.store.slots.len()
    }

    /// The row at a position in the sorted order.
    pub(super) fn get(&mut self, position: usize) -> Result<&[u8], &'static str> {
        let store = self.store;
        let slot = *store.slots.get(position).ok_or("no such row")?;
        let block = match store.full.get(slot.block as usize) {
            Some(packed) => self.unpacked(slot.block, packed)?,
            None => &store.filling,
        };
        let rest = block.get(slot.start as usize..).ok_or("a row lies outside its block")?;
        rest.split(|byte| *byte == b'\n').next().ok_or("a row has no end")
    }

    fn unpacked(&mut self, number: u32, packed: &[u8]) -> Result<&[u8], &'static str> {
        if let Some(at) = self.open.iter().rposition(|(open, _)| *open == number) {
            // Usually the last one already.
            let block = self.open.remove(at);
            self.open.push(block);
        } else {
            let block = lz4_flex::block::decompress_size_prepended(packed).map_err(|_| "a block is damaged")?;
            if self.open.len() == OPEN_BLOCKS {
                self.open.remove(0);
            }
            self.open.push((number, block));
        }
        self.open.last().map(|(_, block)| block.as_slice()).ok_or("no block")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(index: u64) -> String {
        let id = index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!(
            r#"{{"ref":"unstructured:{id:016x}","provider":"unstructured","id":"{id:016x}","ok":false,"outcome":"not_found","state_before":null,"state":null,"provider_state":null,"verified":false,"attempts":1,"http_status":404,"request_id":"{id:x}","elapsed_ms":64,"line":{index},"error":{{"code":"not_found","message":"no such job","hint":"check the id","retryable":false,"provider_message":"Job {id} was not found"}}}}"#
        )
    }

    /// Spreads `0..rows` as four providers of different speed would.
    fn arrivals(rows: u64) -> Vec<u64> {
        let mut arrivals: Vec<u64> = (0..rows).collect();
        arrivals.sort_by_key(|index| (index * (1 + index % 4), *index));
        arrivals
    }

    #[test]
    fn rows_come_back_whole_and_in_input_order() {
        let mut store = RowStore::default();
        for index in arrivals(3_000) {
            store.push(index, row(index).as_bytes());
        }
        let mut reader = store.sorted();
        assert_eq!(reader.len(), 3_000);
        for position in 0..3_000_usize {
            let expected = row(position as u64);
            assert_eq!(reader.get(position), Ok(expected.as_bytes()));
        }
        assert!(reader.get(3_000).is_err());
    }

    #[test]
    fn failing_rows_take_a_fraction_of_their_text() {
        let mut store = RowStore::default();
        for index in 0..20_000 {
            store.push(index, row(index).as_bytes());
        }
        // 200,000 such rows, about 90 MB of text, have to leave room in 96 MiB.
        assert!(store.bytes() < 20_000 * 180, "{}", store.bytes());
    }

    #[test]
    fn nothing_is_kept_for_no_rows() {
        let mut store = RowStore::default();
        assert_eq!(store.bytes(), 0);
        assert_eq!(store.sorted().len(), 0);
    }
}
