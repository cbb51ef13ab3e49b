//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const DENSITIES: TableId = TableId("densities");
    pub(in super::super) const DISTANCE: TableId = TableId("distance");
    pub(in super::super) const KURTOSIS: TableId = TableId("kurtosis");
    pub(in super::super) const SAMPLED_KURTOSIS: TableId = TableId("sampled-kurtosis");
    pub(in super::super) const SAMPLES: TableId = TableId("samples");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const DENSITY: Column = Column("density");
    pub(in super::super) const DISTANCE: Column = Column("distance");
    pub(in super::super) const ERROR: Column = Column("error");
    pub(in super::super) const KURTOSIS: Column = Column("kurtosis");
    pub(in super::super) const LATTICE: Column = Column("lattice");
    pub(in super::super) const MODE: Column = Column("mode");
    pub(in super::super) const SIDE: Column = Column("side");
    pub(in super::super) const SIZE: Column = Column("size");
    pub(in super::super) const X: Column = Column("x");
    pub(in super::super) const Z: Column = Column("z");
}
