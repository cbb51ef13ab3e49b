//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const EDGES: TableId = TableId("edges");
    pub(in super::super) const LAW: TableId = TableId("law");
    pub(in super::super) const RIGIDITY: TableId = TableId("rigidity");
    pub(in super::super) const SPECTRA: TableId = TableId("spectra");
    pub(in super::super) const SPECTRA_AT_EDGES: TableId = TableId("spectra-at-edges");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const DENSITY: Column = Column("density");
    pub(in super::super) const ERROR: Column = Column("error");
    pub(in super::super) const LAMBDA: Column = Column("lambda");
    pub(in super::super) const LINE: Column = Column("line");
    pub(in super::super) const MEAN: Column = Column("mean");
    pub(in super::super) const RANK: Column = Column("rank");
}
