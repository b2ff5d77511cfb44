let x = 3
let y = ;
