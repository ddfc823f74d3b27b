//! The jobs that every sandbox starts with, and the numbering of the bulk ones.
//!
//! Owns the seed table, [`Vendor`] and [`Slot`] (a job's compact key). Must not know
//! HTTP or what a job does after the start: that is `world`.

/// A vendor of the sandbox, as an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Vendor {
    Datafold,
    Prequel,
    Unstructured,
    Veeva,
}

impl Vendor {
    pub(super) const ALL: [Self; 4] = [Self::Datafold, Self::Prequel, Self::Unstructured, Self::Veeva];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Datafold => "datafold",
            Self::Prequel => "prequel",
            Self::Unstructured => "unstructured",
            Self::Veeva => "veeva",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.name() == name)
    }

    /// This vendor's rows of the table.
    pub(super) fn seeds(self) -> &'static [SeedRow] {
        match self {
            Self::Datafold => &SEEDS[..DATAFOLD],
            Self::Prequel => &SEEDS[DATAFOLD..DATAFOLD + PREQUEL],
            Self::Unstructured => &SEEDS[DATAFOLD + PREQUEL..DATAFOLD + PREQUEL + UNSTRUCTURED],
            Self::Veeva => &SEEDS[DATAFOLD + PREQUEL + UNSTRUCTURED..],
        }
    }
}

/// A job of one vendor: a row of the seed table, or a bulk job by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Slot {
    Seed(u32),
    Bulk(u32),
}

/// Bulk Datafold jobs count from here.
pub(super) const DATAFOLD_BULK: u64 = 1_000_000;
/// Bulk Veeva jobs count from here.
pub(super) const VEEVA_BULK: u64 = 2_000_000;
/// The Prequel destination of the bulk jobs; their ids are the bare numbers.
pub(super) const PREQUEL_BULK: &str = "bulk";
/// Bulk Unstructured ids are this and the number in twelve hexadecimal digits.
pub(super) const UNSTRUCTURED_BULK: &str = "00000000-0000-4000-8000-";

impl Slot {
    /// The job that `id` names at `vendor`, among the seeds and `bulk` bulk jobs.
    pub(super) fn find(vendor: Vendor, id: &str, bulk: u32) -> Option<Self> {
        let seed = vendor.seeds().iter().position(|row| row.id == id);
        if let Some(at) = seed.and_then(|at| u32::try_from(at).ok()) {
            return Some(Self::Seed(at));
        }
        let number = match vendor {
            Vendor::Datafold => decimal(id)?.checked_sub(DATAFOLD_BULK)?,
            Vendor::Veeva => decimal(id)?.checked_sub(VEEVA_BULK)?,
            Vendor::Prequel => decimal(id.strip_prefix(PREQUEL_BULK)?.strip_prefix('/')?)?,
            Vendor::Unstructured => hexadecimal(id.strip_prefix(UNSTRUCTURED_BULK)?)?,
        };
        let number = u32::try_from(number).ok()?;
        (number < bulk).then_some(Self::Bulk(number))
    }

    /// The id, as the vendor writes it (Prequel: `DESTINATION/JOB`).
    pub(super) fn id(self, vendor: Vendor) -> String {
        match self {
            Self::Seed(at) => vendor.seeds()[at as usize].id.to_owned(),
            Self::Bulk(n) => match vendor {
                Vendor::Datafold => (DATAFOLD_BULK + u64::from(n)).to_string(),
                Vendor::Veeva => (VEEVA_BULK + u64::from(n)).to_string(),
                Vendor::Prequel => format!("{PREQUEL_BULK}/{n}"),
                Vendor::Unstructured => format!("{UNSTRUCTURED_BULK}{n:012x}"),
            },
        }
    }
}

/// A number in its only spelling: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn hexadecimal(text: &str) -> Option<u64> {
    let plain = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

/// How a seeded job goes on after the sandbox started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moves {
    /// It stays as it is until somebody cancels it.
    Stays,
    /// It begins to run, and succeeds, so many seconds after the start.
    Runs { starts: u32, ends: u32 },
}

/// A job that every sandbox starts with.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SeedRow {
    /// The provider's name in the registry.
    pub provider: &'static str,
    /// The id there, as jobctl takes it.
    pub id: &'static str,
    /// The vendor's word at the start.
    pub state: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Whose it is.
    pub owner: &'static str,
    /// What it is there to show.
    pub note: &'static str,
    /// Minutes between its creation and the start of the sandbox.
    pub(super) age: u32,
    pub(super) moves: Moves,
    /// The credential may see it, but not cancel it.
    pub(super) forbidden: bool,
}

const DATAFOLD: usize = 11;
const PREQUEL: usize = 9;
const UNSTRUCTURED: usize = 7;

const STAYS: Moves = Moves::Stays;

/// The columns of the table, in its order.
type Columns = (&'static str, &'static str, &'static str, &'static str, u32, Moves, &'static str);

const fn row(provider: &'static str, (id, state, name, owner, age, moves, note): Columns) -> SeedRow {
    SeedRow { provider, id, state, name, owner, note, age, moves, forbidden: false }
}

const fn datafold(columns: Columns) -> SeedRow {
    row("datafold", columns)
}

const fn prequel(columns: Columns) -> SeedRow {
    row("prequel", columns)
}

const fn unstructured(columns: Columns) -> SeedRow {
    row("unstructured", columns)
}

const fn veeva(columns: Columns) -> SeedRow {
    row("veeva", columns)
}

/// Marks a row as one that the sandbox's credential may not cancel.
const fn forbidden(mut row: SeedRow) -> SeedRow {
    row.forbidden = true;
    row
}

const fn runs(starts: u32, ends: u32) -> Moves {
    Moves::Runs { starts, ends }
}

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

#[rustfmt::skip]
static SEEDS: &[SeedRow] = &[
    datafold(("101", "done", "fct_orders", "priya", 3 * DAY, STAYS, "ended by itself: `finished`")),
    datafold(("102", "failed", "dim_customer", "priya", 2 * DAY, STAYS, "ended badly: `finished`")),
    datafold(("103", "cancelled", "fct_orders", "ci", DAY, STAYS, "cancelled before: still `cancelled`")),
    datafold(("104", "queued", "fct_payments", "ci", 10, runs(20, 80), "starts after 20 s, is done after 80 s")),
    datafold(("105", "waiting", "stg_events", "schedule", 9, STAYS, "waits for its turn")),
    datafold(("106", "needs_confirmation", "fct_events_all", "tomas", 6 * HOUR, STAYS, "waits for a person")),
    datafold(("107", "needs_authentication", "mart_finance", "tomas", 5 * HOUR, STAYS, "waits for a sign-in")),
    datafold(("108", "processing", "dim_date", "ci", 2, runs(0, 5), "done after 5 s: a race")),
    forbidden(datafold(("109", "processing", "mart_payroll", "finance", 4 * HOUR, STAYS, "403 on cancel"))),
    datafold(("123", "processing", "fct_orders_full", "priya", 3 * HOUR, STAYS, "the one to cancel")),
    datafold(("124", "processing", "stg_clicks", "ci", 40, STAYS, "another live one")),

    prequel(("warehouse-eu/nightly-0140", "ERROR", "orders", "acme", 2 * DAY, STAYS, "ended badly")),
    prequel(("warehouse-eu/nightly-0141", "SUCCESS", "orders", "acme", DAY, STAYS, "ended by itself")),
    prequel(("warehouse-eu/nightly-0142", "RUNNING", "orders", "acme", 95, STAYS, "CANCELLING first, then CANCELLED")),
    prequel(("warehouse-eu/nightly-0143", "PENDING", "customers", "acme", 5, runs(15, 60), "runs after 15 s, ends after 60 s")),
    prequel(("warehouse-us/adhoc-7", "CANCELLED", "events", "globex", 3 * DAY, STAYS, "cancelled before")),
    prequel(("warehouse-us/nightly-0141", "PARTIAL_FAILURE", "orders", "globex", DAY, STAYS, "ended badly, in part")),
    prequel(("warehouse-us/nightly-0142", "RUNNING", "orders", "globex", 90, STAYS, "same job id, other destination")),
    prequel(("warehouse-us/backfill-2025q4", "RUNNING", "events", "globex", 26 * HOUR, STAYS, "an old one")),
    prequel(("warehouse-us/hourly-88", "RUNNING", "events", "globex", 3, runs(0, 8), "ends after 8 s")),

    unstructured(("3b1e0c5a-7f0d-4a55-9d0e-1c2f6b7a8d01", "COMPLETED", "contracts-intake", "legal", DAY, STAYS, "ended by itself")),
    unstructured(("3b1e0c5a-7f0d-4a55-9d0e-1c2f6b7a8d02", "FAILED", "invoices-ocr", "finance", 20 * HOUR, STAYS, "ended badly")),
    unstructured(("3b1e0c5a-7f0d-4a55-9d0e-1c2f6b7a8d03", "STOPPED", "invoices-ocr", "finance", 18 * HOUR, STAYS, "cancelled before")),
    unstructured(("9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10", "IN_PROGRESS", "contracts-intake", "legal", 150, STAYS, "STOPPED a moment after the cancel")),
    unstructured(("9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a11", "IN_PROGRESS", "support-tickets", "cx", 35, STAYS, "another live one")),
    unstructured(("9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a12", "SCHEDULED", "support-tickets", "cx", 12, runs(25, 90), "starts after 25 s, ends after 90 s")),
    unstructured(("9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a13", "IN_PROGRESS", "policy-pdfs", "risk", 4, runs(0, 6), "ends after 6 s: a race")),

    veeva(("1038555", "TIMEOUT", "Export Binder", "ops@sandbox.veevavault.com", 4 * DAY, STAYS, "ended badly")),
    veeva(("1039004", "CANCELLED", "Update Documents", "ops@sandbox.veevavault.com", 3 * DAY, STAYS, "cancelled before")),
    veeva(("1040217", "SUCCESS", "Nightly Archive", "System", DAY, STAYS, "ended by itself")),
    veeva(("1040218", "ERRORS_ENCOUNTERED", "Import Submission", "ra@sandbox.veevavault.com", 22 * HOUR, STAYS, "ended badly")),
    forbidden(veeva(("1041777", "SCHEDULED", "Payroll Sync", "System", 5 * HOUR, STAYS, "INSUFFICIENT_ACCESS on cancel"))),
    veeva(("1043341", "RUNNING", "Import Submission", "ra@sandbox.veevavault.com", 130, STAYS, "running: `refused`")),
    veeva(("1046892", "SCHEDULED", "Nightly Archive", "System", 100, STAYS, "CANCELLING first, then CANCELLED")),
    veeva(("1046893", "QUEUED", "Update Documents", "ops@sandbox.veevavault.com", 8, STAYS, "queued: can be cancelled")),
    veeva(("1046894", "QUEUEING", "Export Binder", "ops@sandbox.veevavault.com", 6, runs(20, 120), "runs after 20 s, ends after 120 s")),
    veeva(("1046895", "MISSED_SCHEDULE", "Weekly Digest", "System", 5, STAYS, "ended without having run")),
];

/// The jobs that every sandbox starts with, vendor by vendor.
#[must_use]
pub fn seeded_jobs() -> &'static [SeedRow] {
    SEEDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_grouped_by_vendor_and_every_id_finds_its_slot() {
        for vendor in Vendor::ALL {
            assert_eq!(Vendor::named(vendor.name()), Some(vendor));
            for (at, row) in vendor.seeds().iter().enumerate() {
                assert_eq!(row.provider, vendor.name());
                let slot = Slot::Seed(u32::try_from(at).unwrap());
                assert_eq!(Slot::find(vendor, row.id, 0), Some(slot));
                assert_eq!(slot.id(vendor), row.id);
            }
        }
        assert_eq!(Vendor::ALL.iter().map(|vendor| vendor.seeds().len()).sum::<usize>(), SEEDS.len());
    }

    #[test]
    fn bulk_ids_are_consecutive_and_end_where_they_should() {
        for vendor in Vendor::ALL {
            for n in [0, 1, 999_999] {
                let id = Slot::Bulk(n).id(vendor);
                assert_eq!(Slot::find(vendor, &id, 1_000_000), Some(Slot::Bulk(n)), "{id}");
                assert_eq!(Slot::find(vendor, &id, n), None, "{id}");
            }
        }
        assert_eq!(Slot::Bulk(7).id(Vendor::Datafold), "1000007");
        assert_eq!(Slot::Bulk(7).id(Vendor::Veeva), "2000007");
        assert_eq!(Slot::Bulk(7).id(Vendor::Prequel), "bulk/7");
        assert_eq!(Slot::Bulk(7).id(Vendor::Unstructured), "00000000-0000-4000-8000-000000000007");
        assert_eq!(Slot::find(Vendor::Prequel, "bulk/07", 10), None);
    }
}
