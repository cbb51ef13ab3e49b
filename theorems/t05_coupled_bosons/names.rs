//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const AFTER_TRAINING: TableId = TableId("after_training");
    pub(in super::super) const COUPLED: TableId = TableId("coupled");
    pub(in super::super) const GROWTH: TableId = TableId("growth");
    pub(in super::super) const HAAR: TableId = TableId("haar");
    pub(in super::super) const ONE_MODE: TableId = TableId("one_mode");
    pub(in super::super) const RANK_CURVE: TableId = TableId("rank-curve");
    pub(in super::super) const RANKS: TableId = TableId("ranks");
    pub(in super::super) const SAMPLED: TableId = TableId("sampled");
    pub(in super::super) const SCATTER: TableId = TableId("scatter");
    pub(in super::super) const TWO_MODES: TableId = TableId("two_modes");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const BAR: Column = Column("bar");
    pub(in super::super) const CUMULANT: Column = Column("cumulant");
    pub(in super::super) const ERROR: Column = Column("error");
    pub(in super::super) const FREE_X: Column = Column("free_x");
    pub(in super::super) const FREE_Y: Column = Column("free_y");
    pub(in super::super) const GIBBS: Column = Column("gibbs");
    pub(in super::super) const HAAR: Column = Column("haar");
    pub(in super::super) const HIDDEN: Column = Column("hidden");
    pub(in super::super) const MODE: Column = Column("mode");
    pub(in super::super) const PREDICTED: Column = Column("predicted");
    pub(in super::super) const RANK: Column = Column("rank");
    pub(in super::super) const SIZE: Column = Column("size");
    pub(in super::super) const UNIFORM: Column = Column("uniform");
    pub(in super::super) const UNTRAINED: Column = Column("untrained");
    pub(in super::super) const WITHOUT_CROSS: Column = Column("without_cross");
    pub(in super::super) const X: Column = Column("x");
    pub(in super::super) const Y: Column = Column("y");
}
