require('child_process').execFileSync(process.execPath, [__dirname + '/text.js'], { stdio: ['ignore', 'pipe', 'pipe'] })
