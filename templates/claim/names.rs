//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const RATIOS: TableId = TableId("ratios");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const RATIO: Column = Column("ratio");
}
