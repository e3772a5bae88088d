"""KakaoTalk, as a skill of its Open Builder."""
