// The shapes that the desk's API speaks in; api/views.py is where they are made.

export interface Citation {
  article: string;
  title: string;
  version: number;
  url: string;
  quote: string;
}

export interface StoredFile {
  id: string;
  name: string;
  media_type: string;
  size: number;
}

/** An act that a message shows or tells of; null where it is a bidder's secret to the reader. */
export interface Action {
  id: string;
  kind: string;
  state: string;
}

export interface Message {
  id: string;
  author: "contact" | "bot" | "counselor" | "system";
  author_id?: string | null;
  audience: "public" | "internal";
  text: string;
  language: string;
  act: string | null;
  citations: Citation[];
  choices: string[];
  client_id: string | null;
  draft?: "offered" | "accepted" | "discarded" | null;
  files: StoredFile[];
  action?: Action | null;
  helpful?: boolean | null;
  unhelpful?: string | null;
  at: string;
}

export interface DeskEvent {
  id: number;
  kind: string;
  at: string;
  conversation_id: string | null;
  message: Message | null;
  status?: string;
  owner?: { kind: string };
  language?: string;
  data?: Record<string, unknown>;
}

/** What holds for the moment: somebody types, a place in the queue, a heartbeat. */
export interface Sign {
  kind: "typing" | "place" | "heartbeat";
  conversation_id?: string;
  ahead?: number;
  minutes?: number | null;
}

export interface Standing {
  conversation_id: string;
  status: string;
  owner: string;
  language: string;
  messages: Message[];
  place: { ahead: number; minutes: number | null } | null;
  last: number;
}

/** Something typed here that the desk may not have yet. */
export interface Draft {
  client_id: string;
  text: string;
  files: string[];
  file_names: string[];
  audience?: "public" | "internal";
  at: string;
}
