"""Pure decisions of the owner stage 责任单位: which condition fits, what a changed list would change."""
