//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const BY_SIZE: TableId = TableId("by-size");
    pub(in super::super) const DIVERGENCE: TableId = TableId("divergence");
    pub(in super::super) const VECTORS: TableId = TableId("vectors");
    pub(in super::super) const WEIGHTS: TableId = TableId("weights");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const AFTER: Column = Column("after");
    pub(in super::super) const AFTER_ERROR: Column = Column("after_error");
    pub(in super::super) const BEFORE: Column = Column("before");
    pub(in super::super) const BEFORE_ERROR: Column = Column("before_error");
    pub(in super::super) const FLOOR: Column = Column("floor");
    pub(in super::super) const HIDDEN: Column = Column("hidden");
    pub(in super::super) const JS: Column = Column("js");
    pub(in super::super) const JS_ERROR: Column = Column("js_error");
    pub(in super::super) const KAPPA: Column = Column("kappa");
    pub(in super::super) const KAPPA_U: Column = Column("kappa_u");
    pub(in super::super) const KAPPA_V: Column = Column("kappa_v");
    pub(in super::super) const NORMAL: Column = Column("normal");
    pub(in super::super) const OVERLAP: Column = Column("overlap");
    pub(in super::super) const RATIO: Column = Column("ratio");
    pub(in super::super) const WEIGHT: Column = Column("weight");
}
