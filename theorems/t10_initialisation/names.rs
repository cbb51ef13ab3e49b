//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const DECAY: TableId = TableId("decay");
    pub(in super::super) const BY_SIZE: TableId = TableId("by_size");
    pub(in super::super) const LEADING: TableId = TableId("leading");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const DRAWS: Column = Column("draws");
    pub(in super::super) const HIDDEN: Column = Column("hidden");
    pub(in super::super) const MEMORY: Column = Column("memory");
    pub(in super::super) const MEMORY_ERROR: Column = Column("memory_error");
    pub(in super::super) const OVERLAP: Column = Column("overlap");
    pub(in super::super) const OVERLAP_ERROR: Column = Column("overlap_error");
    pub(in super::super) const SUSCEPTIBILITY: Column = Column("susceptibility");
    pub(in super::super) const SUSCEPTIBILITY_ERROR: Column = Column("susceptibility_error");
    pub(in super::super) const SWEEPS: Column = Column("sweeps");
    pub(in super::super) const VARIANCE: Column = Column("variance");
    pub(in super::super) const VARIANCE_ERROR: Column = Column("variance_error");
    pub(in super::super) const VISIBLE: Column = Column("visible");
    pub(in super::super) const X: Column = Column("x");
}
