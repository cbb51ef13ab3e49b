//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const LEADING: TableId = TableId("leading");
    pub(in super::super) const MODES: TableId = TableId("modes");
    pub(in super::super) const REMAINDER: TableId = TableId("remainder");
    pub(in super::super) const SPIKE: TableId = TableId("spike");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const ASPECT: Column = Column("aspect");
    pub(in super::super) const ERROR: Column = Column("error");
    pub(in super::super) const LAG: Column = Column("lag");
    pub(in super::super) const LAG_ERROR: Column = Column("lag_error");
    pub(in super::super) const LAMBDA: Column = Column("lambda");
    pub(in super::super) const LARGE_N: Column = Column("large_n");
    pub(in super::super) const LARGE_N_ERROR: Column = Column("large_n_error");
    pub(in super::super) const OVERLAP: Column = Column("overlap");
    pub(in super::super) const REACTION: Column = Column("reaction");
    pub(in super::super) const REACTION_ERROR: Column = Column("reaction_error");
    pub(in super::super) const RHO: Column = Column("rho");
    pub(in super::super) const SCALE: Column = Column("scale");
    pub(in super::super) const SIZE: Column = Column("size");
    pub(in super::super) const SQUARE: Column = Column("square");
    pub(in super::super) const THETA: Column = Column("theta");
    pub(in super::super) const VARIANCE: Column = Column("variance");
    pub(in super::super) const VARIANCE_ERROR: Column = Column("variance_error");
}
