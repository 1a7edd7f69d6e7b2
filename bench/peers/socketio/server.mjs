/** Socket.IO as its guides show it: a room per meeting, an event per change, broadcast at once to the room. All options are the defaults. Nothing is kept on disk. */
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http);
/** By room: a number that every change gets, so that a client can tell whether it has all of them, and who is there. */
const meetings = new Map();

io.on("connection", (socket) => {
  const { room, who } = socket.handshake.auth;
  const meeting = meetings.get(room) ?? { rev: 0, participants: {} };
  meetings.set(room, meeting);
  meeting.participants[who] = {};
  meeting.rev++;
  socket.join(room);
  socket.emit("state", meeting);
  socket.to(room).emit("joined", { rev: meeting.rev, who });

  socket.on("status", ({ text, mark }) => {
    meeting.participants[who] = { text, mark };
    io.to(room).emit("status", { rev: ++meeting.rev, who, text, mark });
  });
  // A cursor that a socket has no room for may be left out: the next one makes it good.
  socket.on("cursor", ({ x, y }) => socket.to(room).volatile.emit("cursor", { who, x, y }));
  socket.on("disconnect", () => {
    delete meeting.participants[who];
    io.to(room).emit("left", { rev: ++meeting.rev, who });
  });
});

http.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: http.address().port })));
process.on("SIGTERM", () => process.exit(0));
