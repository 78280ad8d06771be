// The UUID that stands for none.
export const noUuid = '00000000-0000-0000-0000-000000000000'
